import type { Json } from '../../../plan/json';
import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';
import { stagedGrafana } from './conformance/staged-grafana';

async function stage(on: Stage, dashboard?: string): Promise<Staged> {
  const { grafana, ...staged } = await stagedGrafana(on);
  const { annotations, dashboards } = grafana;
  if (dashboard !== undefined)
    dashboards.set(dashboard, { dashboard: { uid: dashboard }, folderUid: '', messages: [] });
  return {
    ...staged,
    params: { text: 'web restarted', tags: ['shop'], ...(dashboard !== undefined && { dashboard, panel: 4 }) },
    read: async () => structuredClone(annotations) as Json,
    tamper: async () => annotations.splice(0),
    foreignChange: async () => annotations.forEach((each) => Object.assign(each, { text: 'edited' })),
  };
}

export const conformance = defineFixture({
  action: 'grafana_annotate',
  stage: (on) => stage(on),
  variants: { onDashboard: (on) => stage(on, 'shop-web') },
  notApplicable: {
    'stale-plan': 'it makes something new: before that there is nothing that others could have changed',
  },
});
