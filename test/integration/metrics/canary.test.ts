import { readAudit } from '../../../activities/audit/reader/read-audit';
import { reportOf } from '../../../client/report/report-model';
import { reportPage } from '../../../client/report/report-page';
import { runInMemory } from '../../../client/cli/memory-io';
import { temporalAddress } from '../worker/temporal';
import { meter, MeteredWorker, meterPlan } from './metered-worker';

/** Known to the worker alone: no plan, and nobody who asks, has brought it. */
const CANARY = 'c4n4ry-0f-the-worker-5ecret';

let worker: MeteredWorker;
let id: string;

beforeAll(async () => {
  process.env['METER_CANARY'] = CANARY;
  worker = await MeteredWorker.start();
  // Says it in its log, in errors that are tried again, in the one that ends it, and in that of its undo.
  const leaks = (name: string, fault: string, failures: number) => {
    const step = meter(name, { fault, failures });
    return { ...step, params: { ...step.params, leaks: true } };
  };
  const steps = [leaks('a', 'rollback', 2), { ...leaks('b', 'execute', 1), dependsOn: ['a'] }];
  id = await worker.run(meterPlan(steps));
});
afterAll(async () => {
  delete process.env['METER_CANARY'];
  await worker?.close();
});

const channels: Record<string, () => Promise<string>> = {
  history: async () => {
    const { events } = await worker.client.workflow.getHandle(id).fetchHistory();
    // Payloads are bytes; whatever is bytes is looked into.
    return JSON.stringify(events, (_key, value: unknown) => {
      const bytes = value as { type?: string; data?: number[] } | undefined;
      return bytes?.type === 'Buffer' || value instanceof Uint8Array
        ? Buffer.from((bytes?.data ?? value) as Uint8Array).toString()
        : value;
    });
  },
  result: async () => JSON.stringify(await worker.remediations.result(id)),
  status: async () => JSON.stringify(await worker.remediations.status(id)),
  facts: async () => JSON.stringify(await worker.remediations.facts(id)),
  details: async () => JSON.stringify(await worker.client.workflow.getHandle(id).query('__temporal_workflow_metadata')),
  audit: async () => JSON.stringify(await readAudit(worker.client, id)),
  report: async () => {
    const records = await readAudit(worker.client, id);
    return reportPage(reportOf(records, { id, link: undefined, now: Date.now() }));
  },
  show: async () => {
    const place = ['--address', temporalAddress(), '--namespace', worker.client.options.namespace];
    const { stdout, stderr } = await runInMemory(['show', id, ...place]);
    return stdout + stderr;
  },
  log: async () => JSON.stringify(MeteredWorker.lines.filter(({ workflow }) => workflow === id)),
  metrics: () => worker.text(),
};

test.each(Object.keys(channels))(
  'a secret of the worker that an action blurts out is not in the channel %s',
  async (name) => {
    const text = await channels[name]!();
    // The channel does tell of the step, so that it could have told the secret.
    expect(text).toMatch(name === 'metrics' ? /action="meter"/ : /meter/);
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain(CANARY.slice(0, 10));
  },
);

test('what was said around it is still there', async () => {
  const { outcome } = await worker.remediations.result(id);
  expect(outcome).toBe('rollback_failed');
  for (const name of ['history', 'result', 'audit', 'log']) {
    expect(await channels[name]!()).toContain('the server answered');
  }
  expect(await channels['log']!()).toContain('[redacted]');
});
