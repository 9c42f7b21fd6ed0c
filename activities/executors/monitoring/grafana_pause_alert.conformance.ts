import type { JsonObject } from '../../../plan/json';
import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';
import { stagedGrafana } from './conformance/staged-grafana';

async function stage(on: Stage, paused: boolean): Promise<Staged> {
  const { grafana, ...staged } = await stagedGrafana(on);
  const { rules } = grafana;
  const uid = on.name('rule');
  const annotations = { summary: 'Checkout is slow' };
  const model = { uid, title: 'Checkout', isPaused: !paused, provenance: '', annotations };
  const save = async (isPaused: boolean) => rules.set(uid, { ...model, isPaused, updated: new Date().toISOString() });
  await save(!paused);
  return {
    ...staged,
    params: { rule: uid, paused },
    // When it was saved last is no wish of anybody.
    read: async () => {
      const { updated: _, ...rule } = rules.get(uid) as JsonObject;
      return rule;
    },
    tamper: () => save(!paused),
    // The other value of a boolean leaves nothing to undo: somebody saves a model of his own with the same one.
    foreignChange: () => save(paused),
  };
}

export const conformance = defineFixture({
  action: 'grafana_pause_alert',
  stage: (on) => stage(on, true),
  variants: { resume: (on) => stage(on, false) },
});
