import type { ConnectedCluster } from '../../../activities/cluster/connect';
import type { JsonObject } from '../../../plan/json';
import type { Target } from '../../../plan/model';
import { auditEvents } from '../../setup';
import { runAction, type ActionRun, type RunOptions } from './action-context';
import { codeOf, connectAs, connectTestCluster, content, read, storedWrites } from './fixtures';

/** A target that one test has for itself. */
export interface Subject {
  target: Omit<Target, 'cluster'>;
  /** Plural, as in the audit log. */
  resource: string;
  params: JsonObject;
  /** Params that the schema must refuse. */
  badParams: JsonObject;
  /** Somebody (kubectl) sets the fields of the action to yet another value. */
  foreignChange(): Promise<unknown>;
  /** Deletes the target and creates another one of the same name. */
  recreate(): Promise<unknown>;
}

/**
 * The promises of design.md §4 that every reversible action makes, checked on a real API server by independent reads: kubectl
 * and the server's audit log, never what the action says of itself.
 */
export function keepsThePromises(
  action: string,
  subject: () => Promise<Subject>,
  scratchNamespace: () => string,
  /** Of every run: other actions, settings. */
  common: () => Partial<RunOptions> = () => ({}),
): void {
  let cluster: ConnectedCluster;
  beforeAll(() => (cluster = connectTestCluster()));
  afterAll(() => cluster.close());

  const begin = async (
    more: Partial<RunOptions> = {},
  ): Promise<{ it: Subject; run: ActionRun; now: () => Promise<string>; writes: () => Promise<number> }> => {
    const it = await subject();
    const run = runAction({ cluster, action, target: it.target, params: it.params, ...common(), ...more });
    const { kind, name, namespace } = it.target;
    return {
      it,
      run,
      now: async () => content(await read(kind, name, namespace)),
      writes: async () => (await storedWrites({ resource: it.resource, name, namespace, subresource: '' })).length,
    };
  };

  test('validate changes nothing, and has the server try the real write', async () => {
    const { it, run, writes } = await begin();
    const { kind, name, namespace } = it.target;
    const before = await read(kind, name, namespace);
    const validation = await run.validate();
    expect(validation.noEffect).toBe(false);
    expect(validation.diff.length).toBeGreaterThan(0);
    expect(validation.target).toMatchObject({ uid: before.metadata.uid });
    expect(content(await read(kind, name, namespace))).toBe(content(before));
    expect(await writes()).toBe(0);
    const tried = await auditEvents({
      resource: it.resource,
      name,
      namespace,
      verbs: ['patch'],
      userAgent: 'kubernaut/',
    });
    expect(tried.map((event) => event.requestURI.includes('dryRun=All'))).toContain(true);
  });

  test('execute twice changes once, verify proves it, rollback restores exactly, and a second rollback does nothing', async () => {
    const { it, run, now, writes } = await begin();
    const { kind, name, namespace } = it.target;
    const before = await now();
    const validation = await run.validate();
    const effect = await run.execute(validation);
    expect(effect.changed).toBe(true);
    const changed = await read(kind, name, namespace);
    expect(content(changed)).not.toBe(before);
    expect(changed.metadata.annotations?.['kubernaut.dev/operation-id']).toBe(run.step.operationId);
    expect(await run.execute(validation, 2)).toEqual(effect);
    expect(await writes()).toBe(1);
    expect(await run.verify(validation, effect)).toMatchObject({ verified: true });

    expect(await run.rollback(validation, effect)).toMatchObject({ changed: true });
    expect(await now()).toBe(before);
    expect(await writes()).toBe(2);
    expect(await run.rollback(validation)).toMatchObject({ changed: false });
    expect(await writes()).toBe(2);
  });

  test('rollback without an effect undoes an execute whose answer was lost', async () => {
    const { run, now } = await begin();
    const before = await now();
    const validation = await run.validate();
    await run.execute(validation);
    expect(await run.rollback(validation)).toMatchObject({ changed: true });
    expect(await now()).toBe(before);
  });

  test('rollback when execute never ran writes nothing', async () => {
    const { run, writes } = await begin();
    const validation = await run.validate();
    expect(await run.rollback(validation)).toMatchObject({ changed: false });
    expect(await writes()).toBe(0);
  });

  test('a later change by somebody else is left alone by the undo, which names the writer', async () => {
    const { it, run, now } = await begin();
    const validation = await run.validate();
    const effect = await run.execute(validation);
    await it.foreignChange();
    const theirs = await now();
    const conflict = await codeOf(run.rollback(validation, effect));
    expect(conflict).toMatchObject({ code: 'UNDO_CONFLICT', message: expect.stringContaining('kubectl') });
    expect(await now()).toBe(theirs);
  });

  test('a change between validate and execute stops the execute', async () => {
    const { it, run, writes } = await begin();
    const validation = await run.validate();
    await it.foreignChange();
    expect(await codeOf(run.execute(validation))).toMatchObject({ code: 'TARGET_CHANGED' });
    expect(await writes()).toBe(0);
  });

  test('another object under the same name is refused in every phase', async () => {
    const { it, run, writes } = await begin();
    const validation = await run.validate();
    await it.recreate();
    expect(await codeOf(run.execute(validation))).toMatchObject({ code: 'TARGET_REPLACED' });
    expect(await codeOf(run.rollback(validation))).toMatchObject({ code: 'TARGET_REPLACED' });
    const withUid = runAction({
      ...common(),
      cluster,
      action,
      target: { ...it.target, uid: validation.target?.uid },
      params: it.params,
    });
    expect(await codeOf(withUid.validate())).toMatchObject({ code: 'TARGET_REPLACED' });
    expect(await writes()).toBe(0);
  });

  test('what cannot be done is refused by its right name', async () => {
    const { it } = await begin();
    const run = (more: Partial<RunOptions>) =>
      runAction({ cluster, action, target: it.target, params: it.params, ...common(), ...more }).validate();
    expect(await codeOf(run({ target: { ...it.target, name: 'not-there' } }))).toMatchObject({
      code: 'TARGET_NOT_FOUND',
    });
    expect(await codeOf(run({ target: { ...it.target, kind: 'ConfigMap' } }))).toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
    const elsewhere = { ...it.target, apiVersion: 'example.dev/v1' };
    expect(await codeOf(run({ target: elsewhere }))).toMatchObject({ code: 'TARGET_NOT_FOUND' });
    expect(await codeOf(run({ params: it.badParams }))).toMatchObject({ code: 'PARAMS_INVALID' });
    expect(await codeOf(run({ params: { ...it.params, surprise: 1 } }))).toMatchObject({ code: 'PARAMS_INVALID' });
    const powerless = await connectAs(scratchNamespace());
    const refused = await codeOf(run({ cluster: powerless }));
    powerless.close();
    expect(refused).toMatchObject({ code: 'FORBIDDEN' });
    expect(refused.message).toMatch(/not permitted to .*get .*, .*patch/);
  });
}
