import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';
import { OBSERVED_KINDS } from './reading/observed-kinds';
import { stageObserved } from './reading/staged-object';

export const conformance = defineFixture({
  action: 'wait_for_condition',
  stage: (stage) => stageWait(stage, 'Deployment'),
  variants: Object.fromEntries(OBSERVED_KINDS.slice(1).map(({ kind }) => [kind, (stage) => stageWait(stage, kind)])),
});

/** The condition comes true by somebody else's hand, once the action has begun to wait for it. */
async function stageWait(stage: Stage, kind: string): Promise<Staged> {
  const { kube } = stage;
  const target = await stageObserved(stage, kind);
  const { resource } = OBSERVED_KINDS.find((each) => each.kind === kind)!;
  stage.play(async (signal) => {
    await stage.watched(resource, signal);
    await kube.merge(target, { metadata: { labels: { go: 'yes' } } });
  });
  return {
    target,
    params: { condition: 'has(object.metadata.labels) && has(object.metadata.labels.go)', timeoutSeconds: 20 },
    read: async () => (await kube.find(target)) !== undefined,
    tamper: () => kube.remove(target),
  };
}
