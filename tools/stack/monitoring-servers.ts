import { spawn } from 'node:child_process';
import { mkdir, open, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import { stringify } from 'yaml';
import { lastLines } from '../processes/last-lines';
import { SetupError } from '../setup-error';
import { freePorts } from './free-port';
import type { MonitoringWiring, StackMonitoring } from './stack';

export const monitoringServers = ['alertmanager', 'amtool', 'prometheus'] as const;

export interface MonitoringOptions extends MonitoringWiring {
  workdir: string;
  servers: Record<(typeof monitoringServers)[number], string>;
}

const START_DEADLINE_MS = 30_000;

/**
 * Starts Alertmanager and Prometheus side by side and waits until both are ready. The watchdog of the workdir ends them.
 *
 * Throws SetupError with the end of the log of the one that failed.
 */
export async function startMonitoring({ workdir, servers, ...wiring }: MonitoringOptions): Promise<StackMonitoring> {
  const folder = join(workdir, 'monitoring');
  const ruleFolder = join(folder, 'rules');
  await mkdir(ruleFolder, { recursive: true });
  await mkdir(join(workdir, 'bin'), { recursive: true });
  await mkdir(join(workdir, 'logs'), { recursive: true });
  const [alertmanagerPort = 0, prometheusPort = 0] = await freePorts(2);
  await writeFile(join(folder, 'alertmanager.yaml'), stringify(alertmanagerConfiguration(wiring)), {
    mode: 0o600,
  });
  await writeFile(
    join(folder, 'prometheus.yaml'),
    stringify(prometheusConfiguration(`127.0.0.1:${alertmanagerPort}`, `127.0.0.1:${prometheusPort}`, wiring)),
  );
  await Promise.all([
    startServer('alertmanager', servers.alertmanager, workdir, alertmanagerPort, [
      `--config.file=${join(folder, 'alertmanager.yaml')}`,
      `--storage.path=${join(folder, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
      // One alone: no gossip, no port for it.
      '--cluster.listen-address=',
    ]),
    startServer('prometheus', servers.prometheus, workdir, prometheusPort, [
      `--config.file=${join(folder, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(folder, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
      '--web.enable-lifecycle',
      '--web.enable-otlp-receiver',
      // A resolved alert is sent at once; a firing one again every 5 s instead of every minute.
      '--rules.alert.resend-delay=5s',
    ]),
  ]);
  return {
    alertmanagerUrl: `http://127.0.0.1:${alertmanagerPort}`,
    prometheusUrl: `http://127.0.0.1:${prometheusPort}`,
    ruleFolder,
    amtool: servers.amtool,
  };
}

/** Without a webhook it notifies nobody: people add receivers of their own. */
function alertmanagerConfiguration({ webhook }: MonitoringWiring): object {
  const http_config = { authorization: { credentials: webhook?.token } };
  return {
    route: { receiver: 'webhook', group_wait: '1s', group_interval: '1s' },
    receivers: [
      {
        name: 'webhook',
        ...(webhook && { webhook_configs: [{ url: webhook.url, send_resolved: true, http_config }] }),
      },
    ],
  };
}

function prometheusConfiguration(alertmanager: string, itself: string, { scrape = {} }: MonitoringWiring): object {
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    // Relative to the folder of this file.
    rule_files: ['rules/*.yaml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
    scrape_configs: Object.entries({ prometheus: itself, ...scrape }).map(([name, target]) => ({
      job_name: name,
      static_configs: [{ targets: [target] }],
    })),
  };
}

async function startServer(
  name: string,
  executable: string,
  workdir: string,
  port: number,
  args: readonly string[],
): Promise<void> {
  // Started by a path below the workdir: that is how the watchdog knows it.
  const command = join(workdir, 'bin', name);
  await symlink(executable, command);
  const logFile = join(workdir, 'logs', `${name}.log`);
  const log = await open(logFile, 'a');
  const child = spawn(command, args, { detached: true, stdio: ['ignore', log.fd, log.fd], cwd: workdir });
  child.unref();
  await log.close();
  const ended = new AbortController();
  child.once('exit', () => ended.abort());
  child.once('error', () => ended.abort());
  if (await isReady(`http://127.0.0.1:${port}/-/ready`, ended.signal)) return;
  throw new SetupError(
    ended.signal.aborted
      ? `${name} ended while it was starting`
      : `${name} is not ready after ${START_DEADLINE_MS / 1000} s`,
    { logFile, lastLines: await lastLines(logFile), remedy: 'See the log.' },
  );
}

async function isReady(url: string, ended: AbortSignal): Promise<boolean> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (Date.now() < deadline && !ended.aborted) {
    const answer = await axios.get(url, { timeout: 1000, proxy: false }).catch(() => undefined);
    if (answer?.status === 200) return !ended.aborted;
    await sleep(50);
  }
  return false;
}
