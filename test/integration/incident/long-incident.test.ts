import { IncidentQuery, IncidentSignal } from '../../../plan/incident';
import type { AuditFact } from '../../../plan/steering';
import { waitFor } from '../../setup';
import { createWorkload, storedWrites, suffix } from '../kubernetes/fixtures';
import { IncidentLab } from './incident-lab';

let lab: IncidentLab;
beforeAll(async () => {
  // It is still watching whenever this looks, until it is told to stop.
  lab = await IncidentLab.open({ incidents: { soakMs: 600_000 } });
});
afterAll(() => lab?.close());

const firstAndLastRun = async (id: string) => {
  const { raw } = await lab.lab.client.workflow.getHandle(id).describe();
  const { firstRunId, execution } = raw.workflowExecutionInfo!;
  return { firstRunId, runId: execution!.runId };
};

test('an incident of many events continues as new with a remediation waiting for approval, and knows everything it knew', async () => {
  const name = `web-${suffix()}`;
  await createWorkload(lab.namespace, name, { replicas: 1 });
  const handle = () => lab.lab.client.workflow.getHandle(id);
  const facts = () => handle().query<AuditFact[]>(IncidentQuery.audit);
  const writes = () => storedWrites({ resource: 'deployments', name, namespace: lab.namespace });

  // A first attempt that fails in its preview, since there is no earlier revision; so the second one asks a person.
  const first = lab.alert({ alertname: 'First', deployment: name, severity: 'critical' });
  lab.holmes.script(
    lab.answer(name, { action: 'rollback_deployment' }),
    lab.answer(name, { action: 'restart_deployment', parameters: { stableSeconds: 1 } }),
  );
  const id = await lab.signal(first);
  const waiting = await lab.until(
    id,
    ({ attempts, remediation }) => attempts.length === 2 && remediation !== undefined,
  );
  const remediation = waiting.remediation!;
  const { approvals } = await lab.lab.until(remediation, (status) => status.approvals.length === 1);
  const before = await facts();
  const { runId } = await firstAndLastRun(id);

  // Alerts of the same owner, until Temporal suggests to continue as new: 400 events in this stack, 4,096 elsewhere.
  const others = Array.from({ length: 450 }, (_, n) =>
    lab.alert({ alertname: `Other${n % 40}`, deployment: name, instance: String(n) }),
  );
  await Promise.all(Array.from({ length: 8 }, (_, lane) => lab.signal(...others.filter((_, n) => n % 8 === lane))));
  const after = await lab.until(id, ({ received }) => received === others.length + 1);
  await waitFor(
    () => firstAndLastRun(id),
    (run) => run.runId !== runId,
    { timeout: 30_000, what: 'the next run' },
  );
  expect((await firstAndLastRun(id)).firstRunId).toBe(runId);

  const { alerts: _, received: __, ...kept } = await lab.status(id);
  const { alerts: ___, received: ____, ...known } = waiting;
  expect(kept).toEqual(known);
  expect(after.alerts.map((each) => each.name)).toEqual(expect.arrayContaining(['First', 'Other0', 'Other39']));
  // All but what the flood of alerts has pushed out.
  const decided = (of: AuditFact[]) => of.filter(({ what }) => what !== 'alert');
  expect(decided(await facts())).toEqual(decided(before));
  expect(await writes()).toEqual([]);

  // The remediation is a child of a run that is gone; what it comes to is heard all the same.
  await lab.lab.remediations.approve(remediation, { by: 'ann', digest: approvals[0]!.digest });
  const { attempts } = await lab.until(id, ({ phase }) => phase === 'watching');
  expect(attempts).toMatchObject([{ number: 1 }, { number: 2, outcome: 'succeeded', remediation }]);
  expect(await writes()).toHaveLength(1);
  // A run that is just continuing as new turns updates down.
  await waitFor(
    () => handle().executeUpdate(IncidentSignal.abort, { args: [{ by: 'ann', reason: 'seen enough' }] }),
    () => true,
    { what: 'the abort' },
  );
  await lab.until(id, ({ outcome }) => outcome === 'aborted');
});
