import { join } from 'node:path';
import { createRegistry } from '../../../../activities/actions';
import { loadPlaybooks } from '../../../../activities/incident/load-playbooks';
import type { Playbook } from '../../../../plan/incident/playbook';
import { kubectl, waitFor } from '../../../setup';
import { suffix } from '../../kubernetes/fixtures';
import { alertOf, IncidentLab } from '../incident-lab';
import type { Scenario } from './scenario';

/** Under way at once: most of the time they wait. */
const LANES = 8;

export const shippedPlaybooks = loadPlaybooks([join(__dirname, '../../../../playbooks')], createRegistry());

/** As shipped, but for what a test cannot wait for, and for the namespace that everybody must name themselves. */
export function quick(templates: string): Playbook[] {
  const text = JSON.stringify(shippedPlaybooks)
    .replaceAll('"stableSeconds":30', '"stableSeconds":1')
    .replaceAll('"for":"15m"', '"for":"3s"')
    .replaceAll('secret-templates', templates);
  return JSON.parse(text) as Playbook[];
}

/**
 * From the staged fault to the end: the alert fires at the real Alertmanager and comes to the incident; a person approves; the
 * alert resolves only once the cluster itself says that the fault is over.
 */
export async function remedy(
  lab: IncidentLab,
  { stage, playbook }: Scenario,
  chosenBy: '' | 'holmesgpt:',
): Promise<void> {
  const cleanUps: (() => Promise<unknown>)[] = [];
  const { namespace } = lab;
  const place = {
    lab,
    namespace,
    name: `web-${suffix()}`,
    defer: (cleanUp: () => Promise<unknown>) => void cleanUps.push(cleanUp),
  };
  try {
    const { alerts: labels, play, healthy, ended, outcome: wished = 'resolved' } = await stage(place);
    const fire = (seconds: number) => Promise.all(labels.map((each) => lab.monitoring.fire(each, seconds)));
    await fire(600);
    const alerts = labels.map((each) => alertOf(each));
    const id = await lab.follow(await lab.signal(...alerts));
    if (wished === 'resolved') {
      const { remediation } = await lab.until(id, (status) => status.remediation !== undefined);
      const { approvals } = await lab.lab.until(remediation!, (status) => status.approvals.length === 1);
      const played = play?.();
      played?.catch(() => undefined);
      await lab.lab.remediations.approve(remediation!, { by: 'ann', digest: approvals[0]!.digest });
      const { outcome, reason } = await lab.lab.remediations.result(remediation!);
      expect({ outcome, reason }).toEqual({ outcome: 'succeeded', reason: expect.any(String) });
      await played;
    }
    await waitFor(async () => (await healthy(), true), Boolean, {
      timeout: 30_000,
      interval: 300,
      what: 'the healthy end',
    });
    await fire(-1);
    const status = await lab.until(id, (each) => each.outcome !== undefined);
    expect([status.outcome, status.reason]).toEqual([wished, expect.any(String)]);
    await ended?.(status);
    if (wished === 'escalated') return;
    expect(status.attempts).toMatchObject([
      { source: `${chosenBy}playbook:${playbook}`, held: true, effectiveness: { score: 1, alert: 1 } },
    ]);
    await healthy();
  } finally {
    for (const cleanUp of cleanUps.reverse()) await cleanUp().catch(() => undefined);
  }
}

/** Starts all of them, some at once; each test awaits its own. */
export function startAll(
  scenarios: readonly Scenario[],
  run: (scenario: Scenario) => Promise<void>,
): ReadonlyMap<Scenario, Promise<void>> {
  const free = Array.from({ length: LANES }, () => Promise.resolve());
  return new Map(
    scenarios.map((scenario, n) => {
      const done = free[n % LANES]!.then(() => run(scenario));
      free[n % LANES] = done.catch(() => undefined);
      return [scenario, done];
    }),
  );
}

export async function openSweep(holmesgpt: boolean): Promise<IncidentLab> {
  const templates = `templates-${suffix()}`;
  await kubectl(['create', 'namespace', templates]);
  const lab = await IncidentLab.open({
    playbooks: quick(templates),
    incidents: { resolveWithinMs: 60_000, cooldownMs: 60_000, playbooksAsChoices: holmesgpt },
    holmesgpt,
    kubernetes: { secrets: { values: {}, copyFrom: [{ namespace: templates }], keepUndoDays: 7 } },
    templates,
  });
  // It looks at the cluster and chooses the first playbook that it is offered; without any it recommends nothing.
  lab.holmes.script(({ response_format: format }) => {
    const names = JSON.stringify(format).match(
      /"playbook":\{"anyOf":\[\{"type":"object","properties":\{"name":\{"type":"string","enum":\["([^"]+)"/,
    );
    return {
      analysis: {
        ...{ analysis: 'It is what the playbook is about.', root_cause: 'see there', confidence: 0.9, evidence: [] },
        playbook: names && { name: names[1], confidence: 0.9, rationale: 'it fits' },
        recommendations: [],
      },
      tools: [{ name: 'kubectl_describe' }],
    };
  });
  return lab;
}
