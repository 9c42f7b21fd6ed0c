import type { ConnectedCluster } from '../../../../activities/cluster/connect';
import { auditEvents, createNamespace, kubectl } from '../../../setup';
import { runAction } from '../action-context';
import { apply, codeOf, connectTestCluster, suffix, workload } from '../fixtures';

let namespace: string;
let cluster: ConnectedCluster;
beforeAll(async () => {
  cluster = connectTestCluster();
  namespace = await createNamespace('reading');
});
afterAll(async () => {
  cluster.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

describe('wait_for_condition', () => {
  async function deployment(): Promise<string> {
    const name = `web-${suffix()}`;
    await kubectl(['create', '-f', '-'], { input: workload(namespace, name, { replicas: 0 }) });
    return name;
  }
  const wait = (name: string, params: object) =>
    runAction({
      cluster,
      action: 'wait_for_condition',
      target: { kind: 'Deployment', namespace, name },
      params: { ...params },
    });

  test('comes true as soon as the object is so, without changing anything', async () => {
    const name = await deployment();
    const run = wait(name, { condition: 'object.status.readyReplicas == 2' });
    const validation = await run.validate();
    expect(validation.warnings.join()).toContain('not yet');
    const effect = await run.execute(validation);
    expect(effect.changed).toBe(false);
    const verdict = run.verify(validation, effect);
    await kubectl(['scale', 'deployment', name, '-n', namespace, '--replicas=2']);
    expect(await verdict).toMatchObject({ verified: true });
    expect(await auditEvents({ namespace, name, writesOnly: true, userAgent: 'kubernaut/' })).toEqual([]);
  });

  test('refutes after its time, and at once when the object is gone', async () => {
    const name = await deployment();
    const never = wait(name, { condition: 'object.spec.replicas > 5', timeoutSeconds: 1 });
    const validation = await never.validate();
    const effect = await never.execute(validation);
    expect(await never.verify(validation, effect)).toMatchObject({
      verified: false,
      summary: expect.stringContaining('not true within 1 s'),
    });
    const long = wait(name, { condition: 'object.spec.replicas > 5' });
    const verdict = long.verify(validation, effect);
    await kubectl(['delete', 'deployment', name, '-n', namespace]);
    expect(await verdict).toMatchObject({ verified: false, summary: expect.stringContaining('deleted or replaced') });
  });

  test.each([
    ['object.spec.replicas >', 'EXPRESSION_FAILED'],
    ['secrets.password == "x"', 'EXPRESSION_FAILED'],
    ['size(object.spec)', 'EXPRESSION_FAILED'],
    ['', 'PARAMS_INVALID'],
  ])('the condition `%s` is refused: %s', async (condition, code) => {
    expect(await codeOf(wait('web', { condition }).validate())).toMatchObject({ code });
  });

  test('a Secret cannot be looked at', async () => {
    const run = runAction({
      cluster,
      action: 'wait_for_condition',
      target: { kind: 'Secret', namespace, name: 'x' },
      params: { condition: 'object.data.password == "x"' },
    });
    expect(await codeOf(run.validate())).toMatchObject({ code: 'PRECONDITION_FAILED' });
  });
});

test('audit_logs lists events newest first, within its time, without what looks like a credential', async () => {
  const own = await createNamespace('events');
  const event = (reason: string, minutesAgo: number, message: string) =>
    apply({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${reason.toLowerCase()}-${suffix()}`, namespace: own },
      involvedObject: { kind: 'Pod', namespace: own, name: 'web', apiVersion: 'v1' },
      type: 'Warning',
      reason,
      message,
      firstTimestamp: new Date(Date.now() - minutesAgo * 60_000).toISOString().replace(/\.\d+Z$/, 'Z'),
      lastTimestamp: new Date(Date.now() - minutesAgo * 60_000).toISOString().replace(/\.\d+Z$/, 'Z'),
      count: 4,
    });
  await event('BackOff', 5, 'restarting\nfailed container');
  await event('Failed', 1, 'login failed with password=hunter2');
  await event('Unhealthy', 120, 'long ago');
  const run = runAction({
    cluster,
    action: 'audit_logs',
    target: { kind: 'Namespace', name: own },
    params: { warningsOnly: true },
  });
  const validation = await run.validate();
  const effect = await run.execute(validation);
  const events = effect.data.events as Array<{ reason: string; message: string }>;
  const reasons = events.map(({ reason }) => reason);
  expect(reasons.slice(0, 2)).toEqual(['Failed', 'BackOff']);
  expect(events[1]?.message).toBe('restarting failed container');
  expect(JSON.stringify(effect)).not.toContain('hunter2');
  expect(effect.data.byReason).toMatchObject({ 'Warning BackOff': 4 });
  expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
  await kubectl(['delete', 'namespace', own, '--wait=false']);
});
