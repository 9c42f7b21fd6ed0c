import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import axios from 'axios';
import { lock } from 'proper-lockfile';
import { defineFixture } from '../../conformance/fixture';
import { differences, stagedSettings } from './conformance/staged-alertmanager';

/** A rule lies on disk that Prometheus has not read. Nothing but the action may make it read: one at a time, nobody else. */
export const conformance = defineFixture({
  action: 'reload_prometheus',
  async stage(stage) {
    const url = stage.service('prometheus-to-reload');
    const folder = stage.service('prometheus-to-reload-rule-folder');
    const unlock = await lock(folder, { retries: { retries: 1_000, factor: 1, minTimeout: 200, maxTimeout: 200 } });
    stage.defer(unlock);
    const group = stage.name('group');
    const path = join(folder, `${group}.yaml`);
    await writeFile(path, JSON.stringify({ groups: [{ name: group, rules: [{ alert: 'Down', expr: 'up == 0' }] }] }));
    stage.defer(() => rm(path, { force: true }));
    const http = axios.create({ baseURL: url, proxy: false });
    const inForce = async () => {
      const { data } = await http.get<{ data: { groups: Array<{ name: string }> } }>('/api/v1/rules');
      return data.data.groups.some(({ name }) => name === group);
    };
    const changes = differences(async () => String(await inForce()));
    await changes();
    return { params: {}, settings: stagedSettings({ prometheus: { url } }), read: inForce, changes };
  },
});
