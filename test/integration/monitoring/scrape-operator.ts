import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import { parse, stringify } from 'yaml';
import type { Cluster, KubeObject } from '../../../activities/cluster/cluster';
import type { JsonObject } from '../../../plan/json';
import { ensureServers } from '../../../tools/servers/ensure-servers';
import { monitoringServers, startMonitoring } from '../../../tools/stack/monitoring-servers';
import { createWorkdir } from '../../../tools/stack/workdir';
import { waitFor } from '../../setup';

export interface ScrapeOperator {
  /** Of the Prometheus that it configures, which is its own: nobody else may reload it. */
  url: string;
  /** Resolves when Prometheus has tried the only target of the job and was answered with 404. */
  notFound(pool: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Plays the Prometheus operator for the monitors and Probes of one namespace, with a real Prometheus: each endpoint becomes a
 * job of the name and settings that the operator gives it. No pod has an address here, so what every ServiceMonitor and PodMonitor
 * selects is Prometheus itself, which answers on `/metrics` alone.
 */
export async function startScrapeOperator(cluster: Cluster, namespace: string): Promise<ScrapeOperator> {
  const workdir = await createWorkdir();
  const servers = await startMonitoring({ workdir: workdir.folder, servers: await ensureServers(monitoringServers) });
  const url = servers.prometheusUrl;
  const file = join(workdir.folder, 'monitoring', 'prometheus.yaml');
  const base = parse(await readFile(file, 'utf8')) as { scrape_configs: object[] };
  let stopped = false;
  let written = '';

  const sync = async () => {
    const list = async (kind: string) =>
      (await cluster.list({ apiVersion: 'monitoring.coreos.com/v1', kind, namespace })).items;
    const [services, pods, probes] = await Promise.all(['ServiceMonitor', 'PodMonitor', 'Probe'].map(list));
    const jobs = [
      ...services!.flatMap((each) => monitorJobs(each, 'serviceMonitor', 'endpoints', new URL(url).host)),
      ...pods!.flatMap((each) => monitorJobs(each, 'podMonitor', 'podMetricsEndpoints', new URL(url).host)),
      ...probes!.map(probeJob),
    ];
    const text = stringify({ ...base, scrape_configs: [...base.scrape_configs, ...jobs] });
    if (text === written) return;
    await writeFile(file, text);
    await axios.post(`${url}/-/reload`, undefined, { proxy: false });
    written = text;
  };
  const running = (async () => {
    while (!stopped) {
      await sync().catch(() => undefined);
      await sleep(200);
    }
  })();
  return {
    url,
    async notFound(pool) {
      type Answer = { data: { activeTargets: Array<{ lastError: string }> } };
      const params = { scrapePool: pool };
      await waitFor(
        async () =>
          (await axios.get<Answer>(`${url}/api/v1/targets`, { params, proxy: false })).data.data.activeTargets,
        (targets) => targets.length === 1 && targets[0]!.lastError.includes('404'),
        { what: `404 of ${pool}`, timeout: 30_000 },
      );
    },
    async stop() {
      stopped = true;
      await running;
      await workdir.stop();
    },
  };
}

function monitorJobs({ metadata, spec }: KubeObject, pool: string, list: string, address: string): object[] {
  return ((spec?.[list] ?? []) as JsonObject[]).map((endpoint, index) => ({
    job_name: `${pool}/${metadata.namespace}/${metadata.name}/${index}`,
    ...timing(endpoint),
    metrics_path: endpoint.path ?? '/metrics',
    scheme: endpoint.scheme ?? 'http',
    static_configs: [{ targets: [address] }],
  }));
}

function probeJob({ metadata, spec = {} }: KubeObject): object {
  const prober = spec.prober as { url: string; path: string; scheme?: string };
  const { targets } = spec as { targets: { staticConfig: { static: string[]; labels?: object } } };
  const { static: urls, labels } = targets.staticConfig;
  return {
    job_name: `probe/${metadata.namespace}/${metadata.name}`,
    ...timing(spec),
    metrics_path: prober.path,
    scheme: prober.scheme ?? 'http',
    ...(spec.module !== undefined && { params: { module: [spec.module] } }),
    static_configs: [{ targets: urls, labels }],
    relabel_configs: [
      { source_labels: ['__address__'], target_label: '__param_target' },
      { source_labels: ['__param_target'], target_label: 'instance' },
      { target_label: '__address__', replacement: prober.url },
    ],
  };
}

function timing({ interval, scrapeTimeout }: JsonObject): object {
  return {
    ...(interval !== undefined && { scrape_interval: interval }),
    ...(scrapeTimeout !== undefined && { scrape_timeout: scrapeTimeout }),
  };
}
