import { defaultActionSettings } from '../../../../config/action-settings';
import { kubernetesActionsSchema } from '../../../../config/sections/kubernetes-actions';
import type { Stage } from '../../../conformance/fixture';
import { PAUSE_IMAGE } from '../../../conformance/staging-workloads';

/** The template `backup` of the settings, its account, and the Jobs that run as it. */
export async function stageTemplate({ kube, namespace, name, canary }: Stage, more: object = {}) {
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
    ...more,
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
    jobs,
    remove: async () => {
      for (const { metadata } of await jobs())
        await kube.remove({ apiVersion: 'batch/v1', kind: 'Job', namespace, name: metadata.name });
    },
  };
}
