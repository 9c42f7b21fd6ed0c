import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios from 'axios';
import { stringify } from 'yaml';
import { ensureServers } from '../../../tools/servers/ensure-servers';
import { freePorts } from '../../../tools/stack/free-port';
import { waitFor } from '../../setup/wait-for';

export interface Sample {
  metric: Record<string, string>;
  value: [number, string];
}

export interface OwnPrometheus {
  query(expr: string): Promise<Sample[]>;
  /** An answer of `/api/v1/<path>`. */
  get<T>(path: string): Promise<T>;
  close(): Promise<void>;
}

/** A real Prometheus that scrapes one worker every second and evaluates one rule file; that of the stack knows no workers. */
export async function startPrometheus(workerUrl: string, rulesFile: string): Promise<OwnPrometheus> {
  const { prometheus } = await ensureServers(['prometheus']);
  const folder = mkdtempSync(join(tmpdir(), 'kubernaut-prometheus-'));
  copyFileSync(rulesFile, join(folder, 'rules.yaml'));
  const configuration = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yaml'],
    scrape_configs: [{ job_name: 'kubernaut', static_configs: [{ targets: [new URL(workerUrl).host] }] }],
  };
  writeFileSync(join(folder, 'prometheus.yaml'), stringify(configuration));
  const [port] = await freePorts(1);
  const args = [
    `--config.file=${join(folder, 'prometheus.yaml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn(prometheus, args, { stdio: 'ignore' });
  const get = async <T>(path: string): Promise<T> => {
    const url = `http://127.0.0.1:${port}/api/v1/${path}`;
    const { data } = await axios.get<{ data: T }>(url, { proxy: false, timeout: 5_000 });
    return data.data;
  };
  const query = async (expr: string) =>
    (await get<{ result: Sample[] }>(`query?query=${encodeURIComponent(expr)}`)).result;
  const close = async () => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const scraped = (found: Sample[]) => found[0]?.value[1] === '1';
    await waitFor(() => query('up'), scraped, { timeout: 60_000, interval: 200, what: 'the first scrape' });
  } catch (error) {
    await close();
    throw error;
  }
  return { query, get, close };
}
