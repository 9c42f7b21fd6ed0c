import { z } from 'zod';
import { KubernautError } from '../../../plan/errors';
import type { JsonObject } from '../../../plan/json';
import { defineAction } from '../../contract';
import { proven, refuted } from '../kubernetes/wait/evidence';
import { Grafana } from './api/grafana';
import { holdsPatch, inversePatch, mergePatch, patchChanges } from './grafana/merge-patch';
import { grafanaUid } from './grafana/uid';
import { nothingToUndo } from './silences/undo';

/** Of the dashboard's identity: another value would make another dashboard, or defeat the version check. */
const FIXED = ['id', 'uid', 'version'];

const patch = z
  .record(z.string(), z.any())
  .refine((each) => Object.keys(each).length > 0, 'changes nothing')
  .refine((each) => !FIXED.some((name) => Object.hasOwn(each, name)), `must not name ${FIXED.join(', ')}`)
  .refine(
    (each) => JSON.stringify(each).length <= 16_384,
    'must be at most 16 KiB',
  ) as unknown as z.ZodType<JsonObject>;

const params = z.strictObject({
  dashboard: grafanaUid.describe('UID of the dashboard.'),
  patch: patch.describe(
    'JSON merge patch (RFC 7386) of the dashboard: objects are merged, null removes, lists are replaced as a whole.',
  ),
});

type Before = { title: string; version: number; inverse: JsonObject };

/**
 * Saves a dashboard with a few members changed. Grafana refuses a save that is based on an older version, so nobody's change is
 * overwritten; the version's message carries the operation, which tells our save from somebody else's.
 */
export const grafanaUpdateDashboard = defineAction<z.output<typeof params>, Before>({
  name: 'grafana_update_dashboard',
  executor: 'monitoring',
  description: 'Changes members of a Grafana dashboard by a JSON merge patch.',
  whenToUse: 'A dashboard shows the wrong range, variable or title for an incident under way.',
  whenNotToUse: 'The dashboard is provisioned from files or Git: change it there.',
  risk: 'low',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: false,
  clusterScoped: true,
  targetKinds: [],
  permissions: [],
  params,
  examples: [
    {
      title: 'Show the last six hours, refreshed every ten seconds',
      params: { dashboard: 'shop-web', patch: { time: { from: 'now-6h', to: 'now' }, refresh: '10s' } },
    },
  ],

  async validate(ctx, { params }) {
    const { dashboard } = await new Grafana(ctx).dashboard(params.dashboard);
    const diff = patchChanges(dashboard, params.patch);
    const title = String(dashboard['title'] ?? params.dashboard);
    const names = diff.map(({ path }) => path.slice(1)).join(', ');
    return {
      before: { title, version: Number(dashboard['version'] ?? 0), inverse: inversePatch(dashboard, params.patch) },
      diff,
      warnings: [],
      summary: `dashboard ${title}: ${names === '' ? 'already so' : names.slice(0, 200)}`,
      noEffect: diff.length === 0,
    };
  },

  async execute(ctx, { params }, { before, noEffect, summary }) {
    const grafana = new Grafana(ctx);
    const data = (version: number) => ({ dashboard: params.dashboard, version });
    if (noEffect) return { changed: false, summary, data: data(before.version) };
    const { dashboard, folderUid } = await grafana.dashboard(params.dashboard);
    const version = Number(dashboard['version'] ?? 0);
    if (version !== before.version) {
      const ours = (await grafana.dashboardMessages(params.dashboard)).includes(messageOf(ctx.operationId));
      if (ours && holdsPatch(dashboard, params.patch)) return { changed: true, summary, data: data(version) };
      // Other members may have been changed; ours must be as they were seen.
      if (ours || !holdsPatch(dashboard, before.inverse)) {
        throw new KubernautError('TARGET_CHANGED', `dashboard ${before.title} was saved again (version ${version})`);
      }
    }
    const message = messageOf(ctx.operationId);
    const saved = mergePatch(dashboard, params.patch) as JsonObject;
    return {
      changed: true,
      summary,
      data: data(await grafana.saveDashboard({ dashboard: saved, folderUid, message })),
    };
  },

  async verify(ctx, { params }, { before }) {
    const { dashboard } = await new Grafana(ctx).dashboard(params.dashboard);
    const left = patchChanges(dashboard, params.patch).map(({ path }) => path);
    const version = Number(dashboard['version'] ?? 0);
    return left.length === 0
      ? proven(`dashboard ${before.title} is as wished, in version ${version}`, { version })
      : refuted(`dashboard ${before.title}: ${left.join(', ').slice(0, 200)} is not as wished`, { version });
  },

  async rollback(ctx, { params }, { before, noEffect }) {
    const grafana = new Grafana(ctx);
    const { dashboard, folderUid } = await grafana.dashboard(params.dashboard);
    if (noEffect || holdsPatch(dashboard, before.inverse))
      return nothingToUndo(`dashboard ${before.title} is as it was`);
    const ours = (await grafana.dashboardMessages(params.dashboard)).includes(messageOf(ctx.operationId));
    if (!ours || !holdsPatch(dashboard, params.patch)) {
      throw new KubernautError(
        'UNDO_CONFLICT',
        `dashboard ${before.title} was left alone: somebody else set these members`,
      );
    }
    const restored = mergePatch(dashboard, before.inverse) as JsonObject;
    const message = `undo: ${messageOf(ctx.operationId)}`;
    const version = await grafana.saveDashboard({ dashboard: restored, folderUid, message });
    return {
      changed: true,
      summary: `dashboard ${before.title} is as it was`,
      data: { dashboard: params.dashboard, version },
    };
  },
});

function messageOf(operationId: string): string {
  return `kubernaut ${operationId}`;
}
