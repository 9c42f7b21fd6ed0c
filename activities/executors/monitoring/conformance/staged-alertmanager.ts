import axios from 'axios';
import { defaultActionSettings } from '../../../../config/action-settings';
import { monitoringSchema, type MonitoringSettings } from '../../../../config/sections/monitoring';
import type { Json, JsonObject } from '../../../../plan/json';
import type { Stage } from '../../../conformance/fixture';

interface ListedSilence {
  id: string;
  status: { state: string };
  startsAt: string;
  endsAt: string;
  createdBy: string;
  comment: string;
  matchers: JsonObject[];
}

/** The settings of a cluster with the monitoring that was given to the run. */
export function stagedSettings(settings: object): { monitoring: MonitoringSettings } {
  return { ...defaultActionSettings, monitoring: monitoringSchema.parse(settings) };
}

/** Alertmanager as somebody else sees it, reduced to the silences of one alert name that nothing else has. */
export function stagedAlertmanager(stage: Stage) {
  const url = stage.service('alertmanager');
  const alertname = stage.name('Alert');
  const http = axios.create({ baseURL: url, proxy: false });
  const all = async () =>
    (await http.get<ListedSilence[]>('/api/v2/silences')).data.filter(({ matchers }) =>
      matchers.some(({ value }) => value === alertname),
    );
  const alerts = async () => {
    const filter = `alertname="${alertname}"`;
    const { data } = await http.get<Array<{ labels: JsonObject }>>('/api/v2/alerts', { params: { filter } });
    return data.map(({ labels }) => labels);
  };
  const put = async (silence: object) =>
    (await http.post<{ silenceID: string }>('/api/v2/silences', silence)).data.silenceID;
  return {
    settings: stagedSettings({ alertmanager: { url } }),
    matchers: [{ name: 'alertname', value: alertname }] as JsonObject[],
    /** Those that fire, by their labels. */
    alerts: async (): Promise<Json> => alerts(),
    /** A Prometheus lets it fire for ten minutes, or says that it has resolved. */
    async fire(firing: boolean) {
      const endsAt = new Date(Date.now() + (firing ? 600_000 : -1_000)).toISOString();
      const labels = { alertname, severity: 'critical' };
      await http.post('/api/v2/alerts', [{ labels, startsAt: new Date(Date.now() - 60_000).toISOString(), endsAt }]);
      const shown = async () => (await alerts()).length > 0 === firing || undefined;
      await stage.kube.until(`${alertname} ${firing ? 'firing' : 'resolved'}`, shown);
    },
    /** Somebody's silence of one hour. */
    silence: () =>
      put({
        matchers: [{ name: 'alertname', value: alertname, isRegex: false, isEqual: true }],
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + 3_600_000).toISOString(),
        ...{ createdBy: 'somebody-else', comment: 'moving house' },
      }),
    /** What is silenced, and until when. */
    async read(): Promise<Json> {
      const active = (await all()).filter(({ status }) => status.state === 'active');
      return active.map(({ endsAt, matchers }) => ({ endsAt, matchers }));
    },
    /** How often another state was found. Alertmanager counts no writes, so two between two looks are one. */
    changes: differences(async () => JSON.stringify(await all())),
    count: async (state?: string) =>
      (await all()).filter(({ status }) => status.state === (state ?? status.state)).length,
    async expireAll() {
      const active = (await all()).filter(({ status }) => status.state === 'active');
      for (const { id } of active) await http.delete(`/api/v2/silence/${id}`);
    },
    /** Somebody moves the end of what is silenced. */
    async moveEnd() {
      const active = (await all()).filter(({ status }) => status.state === 'active');
      const endsAt = new Date(Date.now() + 7 * 3_600_000).toISOString();
      for (const { id, startsAt, createdBy, comment, matchers } of active) {
        await put({ id, startsAt, endsAt, createdBy, comment, matchers });
      }
    },
  };
}

/** Counts how often successive calls saw another value; the first call is the beginning. */
export function differences(read: () => Promise<string>): () => Promise<number> {
  let last: string | undefined;
  let count = 0;
  return async () => {
    const now = await read();
    if (last !== undefined && now !== last) count++;
    last = now;
    return count;
  };
}
