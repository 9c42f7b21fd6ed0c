import { z } from 'zod';
import type { JsonObject } from '../../../plan/json';
import { defineAction } from '../../contract';
import { proven, refuted } from '../kubernetes/wait/evidence';
import { noLifecycle, Prometheus } from './api/prometheus';

const params = z.strictObject({});

/**
 * Reads configuration and rules anew. Prometheus answers when it is done, and keeps the old ones when the new ones are wrong;
 * a second reload changes nothing more. There is nothing to undo: what was in the files is in force.
 */
export const reloadPrometheus = defineAction<z.output<typeof params>, JsonObject>({
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

  async execute(ctx) {
    const prometheus = new Prometheus(ctx);
    await prometheus.reload();
    const { lastConfigTime } = await prometheus.runtimeInfo();
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
    // Whole seconds: a reload within the same second as the one before shows the same time.
    const fresh = Date.parse(lastConfigTime) >= Date.parse(String(before['lastConfigTime']));
    return fresh
      ? proven(`configuration in force since ${lastConfigTime}`, { lastConfigTime })
      : refuted(`the configuration in force is of ${lastConfigTime}`, { lastConfigTime });
  },
});
