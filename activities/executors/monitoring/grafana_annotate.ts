import { z } from 'zod';
import { KubernautError } from '../../../plan/errors';
import { defineAction } from '../../contract';
import { proven, refuted } from '../kubernetes/wait/evidence';
import { Grafana, type Annotation } from './api/grafana';
import { grafanaUid } from './grafana/uid';
import { nothingToUndo } from './silences/undo';

const params = z
  .strictObject({
    text: z.string().trim().min(1).max(1000).describe('For people who look at the graphs.'),
    tags: z.array(z.string().trim().min(1).max(100)).max(10).default([]).describe('Besides `kubernaut`.'),
    dashboard: grafanaUid.optional().describe('UID of the dashboard. Default: on every one that shows the tags.'),
    panel: z.int().min(0).optional().describe('Number of the panel; needs a dashboard.'),
  })
  .refine(({ dashboard, panel }) => panel === undefined || dashboard !== undefined, {
    path: ['panel'],
    error: 'needs a dashboard',
  });

/** Marks a moment. The operation's own tag makes it findable: a second execute finds the first one's annotation. */
export const grafanaAnnotate = defineAction<z.output<typeof params>, Record<string, never>>({
  name: 'grafana_annotate',
  executor: 'monitoring',
  description: 'Puts an annotation at the present moment into Grafana.',
  whenToUse: 'So that whoever looks at the graphs later sees when the remediation acted.',
  whenNotToUse: 'To tell people now: notification.',
  risk: 'low',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: false,
  clusterScoped: true,
  targetKinds: [],
  permissions: [],
  params,
  examples: [
    { title: 'Mark a restart', params: { text: 'web restarted by Kubernaut', tags: ['shop', 'web'] } },
    { title: 'On one panel', params: { text: 'limit raised', dashboard: 'shop-web', panel: 4 } },
  ],

  async validate(ctx, { params }) {
    const grafana = new Grafana(ctx);
    // Is it there, and may we ask? Nothing else about an annotation can be wrong.
    if (params.dashboard !== undefined) await grafana.dashboard(params.dashboard);
    else await grafana.annotationsTagged(tagOf(ctx.operationId));
    const where = params.dashboard === undefined ? '' : ` on dashboard ${params.dashboard}`;
    return {
      before: {},
      diff: [{ path: '/annotation', after: { text: params.text, tags: params.tags } }],
      warnings: [],
      summary: `annotate${where}: ${params.text.slice(0, 80)}`,
      noEffect: false,
    };
  },

  async execute(ctx, { params }, { summary }) {
    const grafana = new Grafana(ctx);
    const [present] = await grafana.annotationsTagged(tagOf(ctx.operationId));
    const id =
      present?.id ??
      (await grafana.annotate({
        ...(params.dashboard !== undefined && { dashboardUID: params.dashboard }),
        ...(params.panel !== undefined && { panelId: params.panel }),
        time: ctx.clock.now(),
        tags: ['kubernaut', ...params.tags, tagOf(ctx.operationId)],
        text: params.text,
      }));
    return { changed: true, summary, data: { id } };
  },

  async verify(ctx, { params }) {
    const [present] = await new Grafana(ctx).annotationsTagged(tagOf(ctx.operationId));
    if (present === undefined) return refuted('Grafana has no annotation of this operation');
    if (present.text !== params.text) return refuted(`annotation ${present.id} has another text`);
    return proven(`annotation ${present.id} at ${new Date(present.time).toISOString()}`, { id: present.id });
  },

  async rollback(ctx, { params }) {
    const grafana = new Grafana(ctx);
    const own = await grafana.annotationsTagged(tagOf(ctx.operationId));
    const edited = own.find(({ text }) => text !== params.text);
    if (edited) throw editedMeanwhile(edited);
    if (own.length === 0) return nothingToUndo('there is no annotation of this operation');
    for (const { id } of own) await grafana.deleteAnnotation(id);
    return { changed: true, summary: 'annotation removed', data: { ids: own.map(({ id }) => id) } };
  },
});

function tagOf(operationId: string): string {
  return `kubernaut:${operationId}`;
}

function editedMeanwhile({ id }: Annotation): KubernautError {
  return new KubernautError('UNDO_CONFLICT', `annotation ${id} was left alone: somebody edited its text`);
}
