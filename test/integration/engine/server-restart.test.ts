import { join } from 'node:path';
import { ensureServers } from '../../../tools/servers/ensure-servers';
import { freePorts } from '../../../tools/stack/free-port';
import { startTemporal, type TemporalServer } from '../../../tools/stack/temporal-server';
import { createWorkdir, type Workdir } from '../../../tools/stack/workdir';
import type { PendingApproval } from '../../../plan/steering';
import { Lab } from './lab';
import { labActions, LabWorld } from './lab-actions';
import { labPlan, set } from './lab-plan';

/** A Temporal server of this file alone, with a database file: the shared one must not be restarted under other tests. */
let server: TemporalServer;
let workdir: Workdir;

beforeAll(async () => {
  const { temporal } = await ensureServers(['temporal']);
  workdir = await createWorkdir();
  const [port, webUiPort] = await freePorts(2);
  const databaseFile = join(workdir.folder, 'temporal.db');
  server = await startTemporal({
    temporal,
    workdir: workdir.folder,
    port: port!,
    webUiPort: webUiPort!,
    databaseFile,
    dynamicConfig: { 'history.timerProcessorMaxTimeShift': '"1ms"' },
  });
});
afterAll(() => workdir?.stop());

test('an approval stays pending over a restart of worker and server; then it is executed once', async () => {
  const world = new LabWorld();
  const required = { required: true, deadline: '60m', remindEvery: '15m' };
  const lab = await Lab.open({ actions: labActions(world), temporalAddress: server.address });
  const { id } = await lab.remediations.start(labPlan([set('a', 1)], { approval: required }));
  const { approvals } = await lab.until(id, (status) => status.approvals.length > 0);
  await lab.stopWorker();
  await server.restart();
  await lab.startWorker();
  const after = await lab.until(id, (status) => status.approvals.length > 0);
  // Not the times: a status read while a workflow task is under way may see a task that then has to be done again.
  const asked = ({ subject, digest }: PendingApproval) => ({ subject, digest });
  expect(after.approvals.map(asked)).toEqual(approvals.map(asked));
  await lab.remediations.approve(id, { by: 'ann', digest: approvals[0]!.digest });
  expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'succeeded' });
  expect(world.changes).toEqual(['a=1']);
  await lab.close();
});
