import type { JsonObject } from '../../../plan/json';
import { defineFixture } from '../../conformance/fixture';
import { stagedGrafana } from './conformance/staged-grafana';

export const conformance = defineFixture({
  action: 'grafana_update_dashboard',
  async stage(stage) {
    const { grafana, ...staged } = await stagedGrafana(stage);
    const uid = stage.name('board');
    const model = { id: 1, uid, title: 'Shop', version: 1, time: { from: 'now-1h', to: 'now' }, panels: [{ id: 1 }] };
    const board = { dashboard: model as JsonObject, folderUid: 'shop', messages: ['made'] };
    grafana.dashboards.set(uid, board);
    const save = async (members: JsonObject) => {
      board.dashboard = { ...board.dashboard, ...members, version: Number(board.dashboard['version']) + 1 };
      board.messages.push('by hand');
    };
    return {
      ...staged,
      params: { dashboard: uid, patch: { time: { from: 'now-6h' }, refresh: '10s' } },
      // Each save is another version, that of the undo too.
      read: async () => {
        const { version: _, ...members } = board.dashboard;
        return members;
      },
      tamper: () => save({ time: { from: 'now-1h', to: 'now' } }),
      foreignChange: () => save({ refresh: '1m' }),
    };
  },
});
