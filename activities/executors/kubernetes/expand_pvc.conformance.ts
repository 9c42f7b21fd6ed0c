import { defineFixture } from '../../conformance/fixture';
import { stageClaim } from './objects/staged-claim';

export const conformance = defineFixture({
  action: 'expand_pvc',
  async stage(stage) {
    const { kube } = stage;
    const target = await stageClaim(stage);
    // What the storage driver's resizer does: it follows the request.
    const stop = new AbortController();
    stage.defer(async () => stop.abort());
    void follow();
    return {
      target,
      params: { size: '2Gi' },
      read: async () => (await kube.get(target)).spec?.resources,
      tamper: async () => {
        await kube.remove(target);
      },
    };

    async function follow(): Promise<void> {
      while (!stop.signal.aborted) {
        const claim = await kube.find(target);
        const requests = (claim?.spec?.resources as { requests?: { storage?: string } } | undefined)?.requests;
        if (!claim || claim.metadata.deletionTimestamp) return;
        if (requests?.storage === '2Gi') {
          // Not before the action watches, which is part of what it has to show.
          await new Promise((resolve) => setTimeout(resolve, 700));
          await kube.merge(target, { status: { capacity: { storage: '2Gi' } } }, 'status');
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  },
});
