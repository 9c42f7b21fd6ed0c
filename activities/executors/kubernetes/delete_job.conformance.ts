import { defineFixture } from '../../conformance/fixture';
import { jobSpec } from './jobs/staged-job';

export const conformance = defineFixture({
  action: 'delete_job',
  async stage({ kube, namespace, name, canary }) {
    const target = { apiVersion: 'batch/v1', kind: 'Job', namespace, name: name('job') };
    const metadata = { namespace, name: target.name };
    const job = await kube.create({ apiVersion: 'batch/v1', kind: 'Job', metadata, spec: jobSpec(canary) });
    return {
      target,
      params: {},
      read: async () => {
        const found = await kube.find(target);
        return found?.metadata.uid === job.metadata.uid && !found.metadata.deletionTimestamp;
      },
    };
  },
});
