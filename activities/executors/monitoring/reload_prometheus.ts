import { z } from 'zod';
import { KubernautError } from '../../../plan/errors';
import { defineAction } from '../../contract';
import { proven, refuted } from '../kubernetes/wait/evidence';
import { noLifecycle, Prometheus } from './api/prometheus';

const params = z.strictObject({});

type Before = { lastConfigTime: string };

/** Prometheus tells the time of its last reload in whole seconds. */
const TICK_MS = 1_000;

/**
 * Reads configuration and rules anew. Prometheus answers when it is done, and keeps the old ones when the new ones are wrong;
 * a second reload changes nothing more. There is nothing to undo: what was in the files is in force.
 *
 * Proven by a time of the last reload that is later than the one seen in validate. Where the reload fell into the very second
 * of the one before, it is done again in the next.
 */
export const reloadPrometheus = defineAction<z.output<typeof params>, Before>({
  name: 'reload_prometheus',
  executor: 'monitoring',
  description: 'Has Prometheus read its configuration and rule files anew.',
  whenToUse: 'Its configuration or rules were changed on disk and nothing else tells it to read them.',
  whenNotToUse: 'An operator or a config reloader does it anyway. Rule actions on a file reload by themselves.',
  risk: 'low',
  reversibility: 'irreversible',
  disruption: 'none',
  readOnly: false,
  clusterScoped: true,
  targetKinds: [],
  permissions: [],
  params,
  examples: [{ title: 'Reload', params: {} }],

  async validate(ctx) {
    const prometheus = new Prometheus(ctx);
    if (!(await prometheus.canReload())) throw noLifecycle();
    const { reloadConfigSuccess, lastConfigTime } = await prometheus.runtimeInfo();
    return {
      before: { lastConfigTime },
      diff: [{ path: '/configuration', before: 'as last read', after: 'as on disk' }],
      warnings: reloadConfigSuccess ? [] : ['its last reload failed; it runs with an older configuration'],
      summary: `reload Prometheus (last read ${lastConfigTime})`,
      noEffect: false,
    };
  },

  async execute(ctx, _step, { before }) {
    const prometheus = new Prometheus(ctx);
    await prometheus.reload();
    let { lastConfigTime } = await prometheus.runtimeInfo();
    while (!isLater(lastConfigTime, before)) {
      if (ctx.clock.now() + TICK_MS > ctx.deadline) {
        throw new KubernautError('DEADLINE_EXCEEDED', `Prometheus still says that it last read at ${lastConfigTime}`);
      }
      // A cancelled sleep is noticed by the reload.
      await ctx.clock.sleep(TICK_MS, ctx.signal).catch(() => undefined);
      await prometheus.reload();
      ({ lastConfigTime } = await prometheus.runtimeInfo());
    }
    return {
      changed: true,
      summary: 'Prometheus has read its configuration anew',
      data: { lastConfigTime },
      irreversible: ['Prometheus works with the configuration that was on disk'],
    };
  },

  async verify(ctx, _step, { before }) {
    const { reloadConfigSuccess, lastConfigTime } = await new Prometheus(ctx).runtimeInfo();
    if (!reloadConfigSuccess) return refuted('the last reload failed', { lastConfigTime });
    return isLater(lastConfigTime, before)
      ? proven(`configuration in force since ${lastConfigTime}`, { lastConfigTime })
      : refuted(`the configuration in force is of ${lastConfigTime}`, { lastConfigTime });
  },
});

function isLater(lastConfigTime: string, before: Before): boolean {
  return Date.parse(lastConfigTime) > Date.parse(before.lastConfigTime);
}
