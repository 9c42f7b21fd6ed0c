import { IncidentQuery } from '../../../plan/incident';
import type { AuditFact } from '../../../plan/steering';
import { waitFor } from '../../setup';
import { startMailpit, type Mailpit } from '../custom/mailpit';
import { suffix } from '../kubernetes/fixtures';
import { IncidentLab } from './incident-lab';

let mailpit: Mailpit;
let lab: IncidentLab;
beforeAll(async () => {
  mailpit = await startMailpit();
  const server = {
    type: 'email',
    host: '127.0.0.1',
    port: mailpit.smtpPort,
    tls: 'none',
    from: 'k@example.org',
  } as const;
  lab = await IncidentLab.open({
    custom: {
      notifications: {
        channels: {
          oncall: { ...server, to: ['sre@example.com'] },
          elsewhere: { ...server, to: ['nobody@elsewhere.example'] },
        },
        routes: [
          { severities: ['critical'], channels: ['oncall'] },
          { severities: ['warning'], channels: ['elsewhere'] },
        ],
      },
    },
  });
  lab.holmes.script({ status: 401, detail: 'Invalid or missing API key' });
}, 300_000);
afterAll(async () => {
  await lab?.close();
  await mailpit?.stop();
});

/** An incident that nobody can say anything about; its id, once it went to a person. */
async function escalated(severity: string): Promise<string> {
  const id = await lab.signal(lab.alert({ alertname: `Down${suffix()}`, deployment: `web-${suffix()}`, severity }));
  await lab.until(id, ({ outcome }) => outcome === 'escalated');
  return id;
}

/** The fact about the notification, once there is one. */
async function toldOf(id: string): Promise<AuditFact[]> {
  const facts = () => lab.lab.client.workflow.getHandle(id).query<AuditFact[]>(IncidentQuery.audit);
  const about = async () => (await facts()).filter(({ what }) => what.endsWith('notified'));
  return waitFor(about, (found) => found.length > 0, { timeout: 25_000, what: `notification of ${id}` });
}

test('an escalation reaches a person by mail, once, whatever else comes; the next one is another mail', async () => {
  const id = await escalated('critical');
  expect(await toldOf(id)).toMatchObject([{ what: 'notified', detail: expect.stringContaining('taken by oncall') }]);
  const { alerts, reason } = await lab.status(id);
  await lab.signal({ ...alerts[0]!, received: new Date().toISOString() });
  await lab.signal(lab.alert({ ...alerts[0]!.labels, alertname: 'Another' }));
  await lab.until(id, ({ received }) => received === 3);
  const [mail, ...others] = await mailpit.mails();
  expect(others).toEqual([]);
  expect(mail).toMatchObject({
    to: ['sre@example.com'],
    subject: expect.stringMatching(/^\[critical\] A person is needed: Down\w+ on Deployment incident-/),
    headers: { 'X-Kubernaut-Operation': [expect.stringContaining(`${id}/escalation/`)] },
  });
  expect(mail!.text).toContain(reason);
  expect(mail!.text).toContain(`kubernaut incident show ${id}`);
  expect(await toldOf(id)).toHaveLength(1);

  await toldOf(await escalated('critical'));
  const ids = (await mailpit.mails()).map(({ messageId }) => messageId);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(2);
});

test('whom the mail server does not take, and nobody at all, leave the incident as it is, and are in its audit', async () => {
  const before = await mailpit.mails();
  const refused = await escalated('warning');
  expect(await toldOf(refused)).toMatchObject([
    { what: 'not_notified', detail: expect.stringContaining('REJECTED_BY_SERVER') },
  ]);
  const nobody = await escalated('info');
  expect(await toldOf(nobody)).toMatchObject([
    { what: 'not_notified', detail: expect.stringMatching(/PRECONDITION_FAILED: .*no route .*severity info/) },
  ]);
  for (const id of [refused, nobody]) {
    expect(await lab.status(id)).toMatchObject({ phase: 'suppressed', outcome: 'escalated' });
  }
  expect(await mailpit.mails()).toEqual(before);
});
