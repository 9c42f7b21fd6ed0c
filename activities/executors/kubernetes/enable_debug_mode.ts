import { z } from 'zod';
import type { JsonObject } from '../../../plan/json';
import { fieldAction } from './fields/field-action';
import { pointer, valueAt } from './fields/json-pointer';
import { lostField } from './fields/lost-field';
import { brokenPodsWarning, replaceBrokenPods } from './rollout/broken-pods';
import { CONTAINERS, containerIndex } from './rollout/containers';
import { stableSeconds } from './rollout/stable-seconds';
import { waitForRollout } from './rollout/wait-for-rollout';
import { cannotRoll, WORKLOAD_KINDS } from './rollout/workload';
import { ownedTargets, templatePermissions } from './rollout/workload-permissions';
import { displayName, validatedTarget } from './target/read-target';

/** A value shows up in diff and history, so a variable that sounds like a secret is not for this action. */
const SECRET = /pass|secret|token|key|cred|dsn|auth|private|conn/i;

const params = z.strictObject({
  container: z.string().max(63).optional().describe('Name of the container. Default: the only one.'),
  variable: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'must be the name of an environment variable')
    .refine((name) => !SECRET.test(name), { error: 'sounds like a secret, whose value would show up in the preview' })
    .default('LOG_LEVEL')
    .describe('Environment variable that switches the mode. Default `LOG_LEVEL`.'),
  value: z.string().min(1).max(200).default('debug').describe('Value that it gets. Default `debug`.'),
  stableSeconds,
});

/**
 * One environment variable of one container is set, and put back by the undo: both replace the pods. In a plan, the
 * step is made `temporary: { for: 30m }`, so that it ends by itself.
 */
export const enableDebugMode = fieldAction<z.infer<typeof params>>({
  name: 'enable_debug_mode',
  description:
    'Sets an environment variable (LOG_LEVEL=debug) of one container of a workload. It stays so until the step is undone; make the step temporary for a while. Its pods are replaced.',
  whenToUse: 'The trouble comes again and again, and what the program logs does not explain it.',
  whenNotToUse:
    'A new start makes the trouble vanish (its traces go with the old pods), or debug logs would hold personal data.',
  risk: 'medium',
  disruption: 'workload',
  targetKinds: ownedTargets(WORKLOAD_KINDS),
  permissions: templatePermissions(WORKLOAD_KINDS),
  params,
  examples: [
    { title: 'Debug logs', target: { kind: 'Deployment', namespace: 'shop', name: 'web' }, params: {} },
    {
      title: 'Another variable, of one container',
      target: { kind: 'StatefulSet', namespace: 'shop', name: 'db' },
      params: { container: 'exporter', variable: 'EXPORTER_VERBOSITY', value: '4' },
    },
  ],

  async wish(ctx, workload, { container, variable, value }) {
    const name = displayName(workload.metadata);
    const unrollable = cannotRoll(workload);
    const problems = unrollable ? [unrollable] : [];
    const index = containerIndex(workload, container);
    if (typeof index === 'string') return { set: [], problems: [...problems, index], summary: `${name} debug mode` };
    const path = CONTAINERS + pointer(index);
    const env = valueAt(workload, `${path}/env`) as JsonObject[] | undefined;
    const at = env?.findIndex((each) => each.name === variable) ?? -1;
    const entry = `${path}/env/${at}`;
    if (at >= 0 && valueAt(workload, `${entry}/valueFrom`) !== undefined) {
      problems.push(`${variable} is taken from a ConfigMap or Secret: change it there`);
    }
    const added = { name: variable, value };
    const wish =
      env === undefined
        ? { path: `${path}/env`, value: [added] }
        : at < 0
          ? { path: `${path}/env/${env.length}`, value: added }
          : { path: `${entry}/value`, value };
    return {
      set: [wish],
      guards: [`${path}/name`, ...(at >= 0 ? [`${entry}/name`] : [])],
      problems,
      warnings: [
        'it does not end by itself, unless the step is temporary ({ for: 30m })',
        ...(await brokenPodsWarning(ctx, workload)),
      ],
      summary: `${name}/${String(valueAt(workload, `${path}/name`))} ${variable}=${value}`,
    };
  },

  follow: replaceBrokenPods,

  /** Success conditions: see `waitForRollout`, with the variable that we set. That the program heeds it cannot be seen from here. */
  verify: (ctx, step, validation) =>
    waitForRollout(ctx, {
      target: validatedTarget(validation),
      stableForMs: step.params.stableSeconds * 1000,
      changed: (workload) => lostField(workload, validation.diff),
    }),
});
