import axios from 'axios';
import { connectTestCluster } from '../kubernetes/fixtures';
import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { monitoringActions } from '../../../activities/executors/monitoring';
import { monitoringSchema, type MonitoringSettings } from '../../../config/sections/monitoring';
import type { Silence } from '../../../activities/executors/monitoring/api/alertmanager';
import { runCommand } from '../../../tools/processes/run-command';
import { ensureServers } from '../../../tools/servers/ensure-servers';
import { monitoringServers, startMonitoring } from '../../../tools/stack/monitoring-servers';
import type { StackMonitoring } from '../../../tools/stack/stack';
import { createWorkdir } from '../../../tools/stack/workdir';
import { testEnvironment, waitFor } from '../../setup';
import { runAction, type ActionRun, type RunOptions } from '../kubernetes/action-context';

/** Real Prometheus and Alertmanager, the cluster, and hands that reach them without the actions. */
export interface MonitoringLab {
  cluster: ConnectedCluster;
  servers: StackMonitoring;
  run(action: string, params: RunOptions['params'], more?: Partial<RunOptions>): ActionRun;
  settings(more?: object): MonitoringSettings;
  /** By amtool, expired ones included. */
  silences(): Promise<Silence[]>;
  /** Sends alerts to Alertmanager as a Prometheus would; they resolve by themselves after `seconds`. */
  fire(labels: Record<string, string>, seconds?: number): Promise<void>;
  /** What Prometheus answers to an instant query. */
  get<T>(path: string): Promise<T>;
  close(): Promise<void>;
}

/** Those of the run's stack; a stack that was started without them gets its own for this test file. */
export async function openMonitoringLab(): Promise<MonitoringLab> {
  const shared = testEnvironment().monitoring;
  const workdir = shared === undefined ? await createWorkdir() : undefined;
  const servers =
    shared ?? (await startMonitoring({ workdir: workdir!.folder, servers: await ensureServers(monitoringServers) }));
  const cluster = connectTestCluster();
  const http = axios.create({ proxy: false });
  const settings = (more: object = {}) =>
    monitoringSchema.parse({
      alertmanager: { url: servers.alertmanagerUrl },
      prometheus: { url: servers.prometheusUrl },
      ...more,
    });
  return {
    cluster,
    servers,
    settings,
    run: (action, params, more = {}) =>
      runAction({
        ...{ cluster, action, params, actions: monitoringActions, settings: { monitoring: settings() } },
        ...more,
      }),
    async silences() {
      const args = [`--alertmanager.url=${servers.alertmanagerUrl}`, '-o', 'json', 'silence', 'query'];
      const read = async (more: string[]) => {
        const { stdout } = await runCommand(servers.amtool, [...args, ...more]);
        return (JSON.parse(stdout) ?? []) as Silence[];
      };
      return [...(await read([])), ...(await read(['--expired']))];
    },
    async fire(labels, seconds = 600) {
      const endsAt = new Date(Date.now() + seconds * 1000).toISOString();
      await http.post(`${servers.alertmanagerUrl}/api/v2/alerts`, [{ labels, endsAt }]);
      if (seconds <= 0) return;
      await waitFor(
        async () => (await http.get<unknown[]>(`${servers.alertmanagerUrl}/api/v2/alerts`)).data,
        (alerts) => JSON.stringify(alerts).includes(labels['alertname']!),
        { what: `alert ${labels['alertname']}` },
      );
    },
    get: async <T>(path: string) => (await http.get<T>(`${servers.prometheusUrl}${path}`)).data,
    async close() {
      cluster.close();
      await workdir?.stop();
    },
  };
}
