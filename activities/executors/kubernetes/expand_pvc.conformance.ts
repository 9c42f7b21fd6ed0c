import { setTimeout as sleep } from 'node:timers/promises';
import { defineFixture } from '../../conformance/fixture';
import { stageClaim } from './objects/staged-claim';

export const conformance = defineFixture({
  action: 'expand_pvc',
  async stage(stage) {
    const { kube } = stage;
    const target = await stageClaim(stage);
    // What the storage driver's resizer does: it follows the request.
    stage.play(async (signal) => {
      while (!signal.aborted) {
        const claim = await kube.find(target);
        const requests = (claim?.spec?.resources as { requests?: { storage?: string } } | undefined)?.requests;
        if (!claim || claim.metadata.deletionTimestamp) return;
        if (requests?.storage === '2Gi') {
          await stage.watched('persistentvolumeclaims', signal);
          await kube.merge(target, { status: { capacity: { storage: '2Gi' } } }, 'status');
          return;
        }
        await sleep(100, undefined, { signal });
      }
    });
    return {
      target,
      params: { size: '2Gi' },
      read: async () => (await kube.get(target)).spec?.resources,
      tamper: async () => {
        await kube.remove(target);
      },
    };
  },
});
