import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { toFailure } from '../failure';
import { TemporalBrake } from './brake';

const since = '2026-11-24T10:00:00.000Z';

/** A Temporal on which these workflows run, or which does not answer. */
class Server {
  asked = 0;
  running = new Set<string>();
  down = false;
  now = 0;

  brake(): TemporalBrake {
    const describe = async (id: string) => {
      this.asked++;
      if (this.down) throw new Error('14 UNAVAILABLE');
      if (!this.running.has(id)) throw new WorkflowNotFoundError('not found', id, undefined);
      return { status: { name: 'RUNNING' }, memo: { by: 'ann', reason: 'storm', since }, startTime: new Date(since) };
    };
    const workflow = { getHandle: (id: string) => ({ describe: () => describe(id) }) };
    const client = { workflow, withDeadline: (_: number, fn: () => unknown) => fn() } as unknown as Client;
    return new TemporalBrake(client, { now: () => this.now });
  }
}

let server: Server;
beforeEach(() => {
  server = new Server();
});

test.each(['stop/global', 'stop/cluster/prod', 'stop/configmap/prod'])('a step is stopped by %s', async (id) => {
  server.running.add(id);
  await expect(server.brake().check('prod', 1)).rejects.toMatchObject({
    code: 'STOPPED',
    retryable: false,
    order: { id, by: 'ann', reason: 'storm', since },
    message: expect.stringMatching(/by ann: storm; nothing was done$/),
  });
});

test('a switch of another cluster stops nothing', async () => {
  server.running.add('stop/cluster/prod');
  await expect(server.brake().check('staging', 1)).resolves.toBeUndefined();
});

test('after an earlier attempt nobody claims that nothing was done', async () => {
  server.running.add('stop/global');
  await expect(server.brake().check('prod', 2)).rejects.toMatchObject({ code: 'STOPPED_HALFWAY' });
});

test('an answer is used for a second, so that many steps ask once; that it is engaged is asked anew each time', async () => {
  const brake = server.brake();
  await Promise.all([1, 2, 3, 4].map(() => brake.check('prod', 1)));
  expect(server.asked).toBe(3);
  server.now = 999;
  await brake.check('prod', 1);
  expect(server.asked).toBe(3);
  server.running.add('stop/global');
  server.now = 1_000;
  await expect(brake.check('prod', 1)).rejects.toMatchObject({ code: 'STOPPED' });
  server.running.clear();
  await expect(brake.check('prod', 1)).resolves.toBeUndefined();
});

test('when Temporal cannot be asked, a fresh answer decides for 3 s; after that the attempt fails, and is tried again', async () => {
  const brake = server.brake();
  await brake.check('prod', 1);
  server.down = true;
  server.now = 2_999;
  await expect(brake.check('prod', 1)).resolves.toBeUndefined();
  server.now = 3_000;
  await expect(brake.check('prod', 1)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  await expect(server.brake().check('prod', 1)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('what the ConfigMap says counts also when Temporal cannot be asked', async () => {
  server.down = true;
  const brake = server.brake();
  brake.note('prod', { id: 'stop/configmap/prod', by: 'bob', reason: 'r', since });
  await expect(brake.check('prod', 1)).rejects.toMatchObject({ code: 'STOPPED', order: { by: 'bob' } });
});

test('the failure in the history carries the order, so that the run knows whom to wait for', async () => {
  server.running.add('stop/global');
  const error = await server
    .brake()
    .check('prod', 1)
    .catch((thrown: unknown) => thrown);
  expect(toFailure(error, 'x')).toMatchObject({
    type: 'STOPPED',
    nonRetryable: true,
    details: [{ code: 'STOPPED', order: { id: 'stop/global', by: 'ann' } }],
  });
});
