import { defaultActionSettings } from '../../../config/action-settings';
import { kubernetesActionsSchema } from '../../../config/sections/kubernetes-actions';
import { PAUSE_IMAGE } from '../../conformance/staging-workloads';
import { defineFixture } from '../../conformance/fixture';

export const conformance = defineFixture({
  action: 'run_job',
  async stage({ kube, namespace, name, canary }) {
    const target = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: name('runner') };
    await kube.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: target.name } });
    const secret = name('secret');
    const data = { TOKEN: Buffer.from(canary).toString('base64') };
    await kube.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: secret }, data });
    const template = {
      description: 'A backup',
      image: PAUSE_IMAGE,
      command: ['backup', '{database}'],
      args: { database: { type: 'string' } },
      serviceAccount: target.name,
      envFromSecrets: [secret],
    };
    const kubernetes = kubernetesActionsSchema.parse({ jobs: { templates: { backup: template } } });
    const jobs = async () => {
      const items = await kube.list({ apiVersion: 'batch/v1', kind: 'Job', namespace });
      const runs = (job: (typeof items)[number]) =>
        JSON.stringify(job.spec?.template ?? {}).includes(`"serviceAccountName":"${target.name}"`);
      return items.filter(runs);
    };
    return {
      target,
      params: { template: 'backup', args: { database: 'orders' } },
      settings: { ...defaultActionSettings, kubernetes },
      read: async () => (await jobs()).length,
      tamper: async () => {
        for (const { metadata } of await jobs())
          await kube.remove({ apiVersion: 'batch/v1', kind: 'Job', namespace, name: metadata.name });
      },
    };
  },
});
