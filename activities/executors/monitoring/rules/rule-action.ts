import type { z } from 'zod';
import { KubernautError } from '../../../../plan/errors';
import type { Effect } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import {
  defineAction,
  type ActionContext,
  type ActionDefinition,
  type ActionExample,
  type ActionStep,
} from '../../../contract';
import { fieldAction, type Wish } from '../../kubernetes/fields/field-action';
import { restoreFields, type FieldImage, type FieldValidation } from '../../kubernetes/fields/set-fields';
import { refuted } from '../../kubernetes/wait/evidence';
import { readTarget, validatedTarget } from '../../kubernetes/target/read-target';
import { noLifecycle, Prometheus } from '../api/prometheus';
import { watchReading, type Reading } from '../metrics/watch-reading';
import { RULE_FILE_KIND } from './rule-file';
import { withRuleFile } from './rule-file-cluster';

const PROMETHEUS_RULE = 'PrometheusRule';
const kinds = [PROMETHEUS_RULE, RULE_FILE_KIND];

/** What differs between the actions on alert rules. */
export interface RuleAction<P> {
  name: string;
  description: string;
  whenToUse: string;
  whenNotToUse: string;
  risk: ActionDefinition['risk'];
  params: z.ZodType<P>;
  examples: readonly ActionExample[];
  /** Which fields of the object become what. `expr`: an expression that the server shall judge, if there is a new one. */
  wish(object: KubeObject, params: P): Wish & { expr?: string };
  /** Is Prometheus in accord with the object as it is now? */
  reading(
    prometheus: Prometheus,
    object: KubeObject,
    step: ActionStep<P>,
    validation: FieldValidation,
  ): Promise<Reading>;
}

/**
 * An action on the alert rules of a PrometheusRule object, or of the rule file of kubernaut.yaml. On the object the operator
 * tells Prometheus; after a change of the file it is told here to reload. A reload that is refused takes the change back at
 * once, since Prometheus would not start with such a file.
 *
 * Verified by Prometheus itself: it must work with the rule as it stands, which takes an evaluation and, with an operator, its
 * sync (a minute or two).
 */
export function ruleAction<P>(action: RuleAction<P>): ActionDefinition {
  const { wish, reading, ...texts } = action;
  const forKind = (kind: string, permissions: ActionDefinition['permissions']) =>
    fieldAction<P>({
      ...texts,
      disruption: 'none',
      targetKinds: [kind],
      permissions,
      async wish(ctx, object, params) {
        const { expr, ...wished } = wish(object, params);
        return { ...wished, ...(expr !== undefined && (await judged(ctx, wished, expr))) };
      },
      async verify(ctx, step, validation) {
        const target = validatedTarget(validation);
        return watchReading(ctx, {
          what: validation.summary,
          ...{ forMs: 0, withinMs: Number.MAX_SAFE_INTEGER / 2, everyMs: 1_000 },
          async read() {
            const object = await readTarget(ctx, target);
            return reading(new Prometheus(ctx), object, step, validation);
          },
        });
      },
    }) as unknown as ActionDefinition<P, FieldImage>;
  const onObject = forKind(PROMETHEUS_RULE, [
    { apiGroup: 'monitoring.coreos.com', resource: 'prometheusrules', verbs: ['get', 'patch'] },
  ]);
  const onFile = forKind(RULE_FILE_KIND, [{ apiGroup: 'kubernaut.dev', resource: 'rulefiles', verbs: ['get'] }]);
  const isFile = (step: ActionStep<P>) => step.target?.kind === RULE_FILE_KIND;

  return defineAction<P, FieldImage>({
    ...onObject,
    executor: 'monitoring',
    // The rule file is no object of the cluster.
    foreseeable: false,
    targetKinds: kinds,
    async validate(ctx, step) {
      const prometheus = new Prometheus(ctx);
      if (!isFile(step)) return onObject.validate(ctx, step);
      if (!(await prometheus.canReload())) throw noLifecycle();
      return onFile.validate(withRuleFile(ctx), step);
    },
    async execute(ctx, step, validation) {
      if (!isFile(step)) return onObject.execute(ctx, step, validation);
      const file = withRuleFile(ctx);
      const effect = await onFile.execute(file, step, validation);
      // Also when the change was there already: the attempt that made it may have died before the reload.
      if (effect.changed) await reloadOrTakeBack(file, validation);
      return effect;
    },
    verify: (ctx, step, validation, effect) =>
      isFile(step)
        ? onFile.verify(withRuleFile(ctx), step, validation, effect)
        : onObject.verify(ctx, step, validation, effect),
    async rollback(ctx, _step, validation): Promise<Effect> {
      const file = validation.target?.kind === RULE_FILE_KIND;
      const undone = await restoreFields(file ? withRuleFile(ctx) : ctx, validation);
      if (file) await new Prometheus(ctx).reload();
      return undone;
    },
  });
}

/** The server judges a new expression (types, functions it has), and says what would fire. */
async function judged(
  ctx: ActionContext,
  { problems = [], warnings = [] }: Wish,
  expr: string,
): Promise<Partial<Wish>> {
  try {
    const firing = (await new Prometheus(ctx).query(expr)).length;
    const now = firing === 0 ? 'would not fire now' : `would fire now, for ${firing} series`;
    return { problems, warnings: [...warnings, `the new expression ${now}`] };
  } catch (error) {
    if (!(error instanceof KubernautError) || error.code !== 'REJECTED_BY_SERVER') throw error;
    return { problems: [...problems, `the new expression is refused: ${error.message}`] };
  }
}

async function reloadOrTakeBack(file: ActionContext, validation: FieldValidation): Promise<void> {
  const prometheus = new Prometheus(file);
  try {
    await prometheus.reload();
  } catch (error) {
    if (!(error instanceof KubernautError) || error.code !== 'REJECTED_BY_SERVER') throw error;
    await restoreFields(file, validation);
    // If the file was broken before us, this fails like the first; the first is the one to report.
    await prometheus.reload().catch(() => undefined);
    throw error;
  }
}

/** Was the change itself taken away meanwhile? Then no waiting helps. */
export function gone(what: string): Reading {
  return { ...refuted(what), holds: false, failed: true };
}
