import { runConformance, type CheckId, type Finding } from '../../../activities/conformance';
import { checkIds } from '../../../activities/conformance/checks';
import type { ActionContext, ActionDefinition, ActionStep } from '../../../activities/contract';
import { targetOf } from '../../../activities/executors/kubernetes/target/read-target';
import { ActionRegistry } from '../../../activities/registry';
import { runInMemory } from '../../../client/cli/memory-io';
import { kubectl, testEnvironment } from '../../setup';
import { fixtureFor, goodAction } from './label-action';

const good = goodAction;
const configMaps = good.permissions[0]!;
const setLabel = (ctx: ActionContext, step: ActionStep<unknown>, path: string, value: string) =>
  ctx.cluster.patch(targetOf(step), [
    { op: 'add', path: '/metadata/labels', value: {} },
    { op: 'add', path, value },
  ]);

/** Each breaks one promise of the good action; the check that must notice it. */
const broken: Record<string, [check: CheckId, says: RegExp, change: Partial<ActionDefinition>]> = {
  validate_writes: [
    'validate-changes-nothing',
    /it wrote: ConfigMap|audit log shows: patch configmaps/,
    {
      async validate(ctx, step) {
        const validation = await good.validate(ctx, step);
        await setLabel(ctx, step, '/metadata/labels/seen', 'yes');
        return validation;
      },
    },
  ],
  execute_repeats: [
    'execute-once',
    /wrote again/,
    {
      async execute(ctx, step, validation) {
        const effect = await good.execute(ctx, step, validation);
        await ctx.cluster.patch(targetOf(step), [{ op: 'add', path: '/data', value: { at: ctx.attempt.toString() } }]);
        return effect;
      },
    },
  ],
  execute_pretends: [
    'execute-once',
    /the world is as before/,
    { execute: async (_ctx, _step, { summary }) => ({ changed: true, summary, data: {} }) },
  ],
  lost_answer_repeats: [
    'lost-result',
    /TARGET_CHANGED/,
    {
      // Knows its own change only by the result of the attempt before, which is what gets lost.
      execute: (ctx, step, validation) =>
        good.execute(
          {
            ...ctx,
            get cluster() {
              return ctx.cluster;
            },
            operationId: `${ctx.operationId}-${ctx.attempt}`,
          },
          step,
          validation,
        ),
    },
  ],
  verify_believes: [
    'verify-refutes',
    /still says yes/,
    { verify: async () => ({ verified: true, summary: 'surely', data: {} }) },
  ],
  rollback_leaves_traces: [
    'rollback-restores',
    /it was "none" and is/,
    {
      async rollback(ctx, step, validation, effect) {
        const undone = await good.rollback!(ctx, step, validation, effect);
        if (undone.changed) await setLabel(ctx, step, '/metadata/labels/team', '');
        return undone;
      },
    },
  ],
  rollback_overwrites: [
    'foreign-change',
    /not refused with UNDO_CONFLICT/,
    {
      rollback: (ctx, step, validation, effect) =>
        good.rollback!(ctx, step, validation, effect).catch(async (error: { code?: string }) => {
          if (error.code !== 'UNDO_CONFLICT') throw error;
          await setLabel(ctx, step, '/metadata/labels/team', 'none');
          return { changed: true, summary: 'back', data: {} };
        }),
    },
  ],
  execute_overwrites: [
    'stale-plan',
    /not refused with TARGET_CHANGED/,
    {
      execute: (ctx, step, validation) =>
        good.execute(ctx, step, validation).catch(async (error: { code?: string }) => {
          if (error.code !== 'TARGET_CHANGED') throw error;
          await setLabel(ctx, step, '/metadata/labels/team', 'ours');
          return { changed: true, summary: validation.summary, data: {} };
        }),
    },
  ],
  rollback_needs_a_result: [
    'rollback-unknown',
    /it was "none" and is/,
    {
      rollback: async (ctx, step, validation, effect) =>
        effect
          ? good.rollback!(ctx, step, validation, effect)
          : { changed: false, summary: 'surely nothing was done', data: {} },
    },
  ],
  declares_too_much: [
    'permissions-used',
    /configmaps list, configmaps delete/,
    { permissions: [{ ...configMaps, verbs: ['get', 'patch', 'list', 'delete'] }] },
  ],
  declares_too_little: [
    'permissions-suffice',
    /patch configmaps/,
    { permissions: [{ ...configMaps, verbs: ['get'] }] },
  ],
  asks_for_no_permission: [
    'permissions-needed',
    /goes on without: configmaps patch/,
    {
      async validate(ctx, step) {
        const target = targetOf(step);
        const { metadata } = await ctx.cluster.get(target);
        const { uid, resourceVersion } = metadata;
        return {
          target: { ...target, uid, resourceVersion },
          before: { fields: [], guards: [], stamp: '' },
          diff: [{ path: '/metadata/labels/team', after: 'blue' }],
          ...{ warnings: [], summary: 'blue', noEffect: false },
        };
      },
    },
  ],
  fails_without_code: ['errors', /TypeError: oops/, { rollback: async () => Promise.reject(new TypeError('oops')) }],
  says_nothing_of_others: [
    'other-writers',
    /it keeps silent about Argo CD, Flux, Helm/,
    { validate: async (ctx, step) => ({ ...(await good.validate(ctx, step)), warnings: [] }) },
  ],
  leaks: [
    'outputs',
    /a secret value is in/,
    {
      permissions: [configMaps, { apiGroup: '', resource: 'secrets', verbs: ['get'] }],
      async verify(ctx, step, validation, effect) {
        const evidence = await good.verify(ctx, step, validation, effect);
        const secret = await ctx.cluster.get({ kind: 'Secret', namespace: targetOf(step).namespace, name: 'canary' });
        return { ...evidence, data: { token: (secret['data'] as { token: string }).token } };
      },
    },
  ],
};

async function prove(actions: readonly ActionDefinition[]): Promise<Finding[]> {
  const { kubeconfig, context, auditLogPath } = testEnvironment();
  return runConformance({
    registry: new ActionRegistry().register(...actions),
    fixtures: actions.map(({ name }) => fixtureFor(name)),
    cluster: { kubeconfig, context },
    auditLogPath,
  });
}

const failed = (findings: readonly Finding[]) => findings.filter(({ state }) => state === 'failed');

describe('The conformance kit', () => {
  let findings: Finding[];
  beforeAll(async () => {
    const mutants = Object.entries(broken).map(([name, [, , change]]) => ({ ...good, ...change, name }));
    findings = await prove([good, ...mutants]);
  });

  test('finds nothing wrong with an action that keeps its promises', () => {
    const found = findings.filter(({ action }) => action === 'good');
    expect(failed(found)).toEqual([]);
    expect(found.map(({ check }) => check)).toEqual(checkIds);
    expect(found.filter(({ state }) => state !== 'passed')).toEqual([]);
  });

  test.each(Object.entries(broken))('notices an action that is wrong: %s', (name, [check, says]) => {
    const found = findings.filter(({ action }) => action === name);
    expect(found).toContainEqual(
      expect.objectContaining({ check, state: 'failed', reason: expect.stringMatching(says) }),
    );
  });

  test('leaves no role behind, and its namespaces are on their way out', async () => {
    const roles = await kubectl(['get', 'clusterroles,clusterrolebindings', '-o', 'name']);
    const own = Object.keys(broken).map((name) => `conformance-${name.replaceAll('_', '-')}-`);
    expect(roles.split('\n').filter((role) => own.some((each) => role.includes(each)))).toEqual([]);
    const namespaces = await kubectl(['get', 'namespaces', '--no-headers']);
    const active = namespaces.split('\n').filter((line) => line.includes('Active'));
    expect(active.filter((line) => own.some((each) => line.startsWith(each)))).toEqual([]);
  });

  test('an action without a fixture is not proven, and says what to add', async () => {
    const { kubeconfig, context } = testEnvironment();
    const registry = new ActionRegistry().register(good);
    const found = await runConformance({ registry, fixtures: [], cluster: { kubeconfig, context } });
    expect(found).toEqual([
      expect.objectContaining({ state: 'failed', reason: expect.stringContaining('good.conformance.ts') }),
    ]);
  });
});

describe('kubernaut conformance', () => {
  const onCluster = () => {
    const { kubeconfig, context, auditLogPath } = testEnvironment();
    return ['--kubeconfig', kubeconfig, '--context', context, '--audit-log', auditLogPath];
  };

  test('takes no cluster that was not named on the command line', async () => {
    const { exitCode, stderr } = await runInMemory(['conformance', 'cordon_node']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/No cluster was named/);
  });

  test('prints a line for each check, with the reason, and ends with 0 when all hold', async () => {
    const { exitCode, stdout } = await runInMemory(['conformance', 'cordon_node', 'delete_pod', ...onCluster()]);
    expect(stdout).toMatch(/^cordon_node +validate-changes-nothing +passed +\d+ calls, none stored, by the audit log/m);
    expect(stdout).toMatch(
      /^delete_pod +rollback-restores +not applicable +irreversible, and says so: UNDO_IMPOSSIBLE$/m,
    );
    expect(exitCode).toBe(0);
  });

  test('names an action that does not exist', async () => {
    const { exitCode, stderr } = await runInMemory(['conformance', 'cordon_nod', ...onCluster()]);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/did you mean cordon_node/);
  });
});
