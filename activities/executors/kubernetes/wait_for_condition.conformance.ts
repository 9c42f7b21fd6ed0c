import { setTimeout as sleep } from 'node:timers/promises';
import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';
import { OBSERVED_KINDS } from './reading/observed-kinds';
import { stageObserved } from './reading/staged-object';

export const conformance = defineFixture({
  action: 'wait_for_condition',
  notApplicable: { 'permissions-used': 'whether it has to watch depends on when the condition comes true' },
  stage: (stage) => stageWait(stage, 'Deployment'),
  variants: Object.fromEntries(OBSERVED_KINDS.slice(1).map(({ kind }) => [kind, (stage) => stageWait(stage, kind)])),
});

/** The condition comes true a moment later, by somebody else's hand. */
async function stageWait(stage: Stage, kind: string): Promise<Staged> {
  const { kube, defer } = stage;
  const target = await stageObserved(stage, kind);
  let ended = false;
  const label = async () => {
    await sleep(500);
    if (!ended) await kube.merge(target, { metadata: { labels: { go: 'yes' } } }).catch(() => undefined);
  };
  const labelled = label();
  defer(async () => {
    ended = true;
    await labelled;
  });
  return {
    target,
    params: { condition: 'has(object.metadata.labels) && has(object.metadata.labels.go)', timeoutSeconds: 20 },
    read: async () => (await kube.find(target)) !== undefined,
    tamper: () => kube.remove(target),
  };
}
