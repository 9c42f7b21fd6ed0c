import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios from 'axios';
import { stringify } from 'yaml';
import { ensureServers } from '../../../tools/servers/ensure-servers';
import { freePorts } from '../../../tools/stack/free-port';
import { waitFor } from '../../setup';

export interface OwnAlertmanager {
  url: string;
  /** As Prometheus does. */
  send(alerts: object[]): Promise<void>;
  stop(): Promise<void>;
}

/** A real Alertmanager that posts to the bridge, with the receiver that docs/bridge.md shows. That of the stack notifies nobody. */
export async function startAlertmanager(webhook: string, token: string): Promise<OwnAlertmanager> {
  const { alertmanager } = await ensureServers(['alertmanager']);
  const folder = await mkdtemp(join(tmpdir(), 'kubernaut-alertmanager-'));
  await writeFile(join(folder, 'token'), token, { mode: 0o600 });
  await writeFile(
    join(folder, 'alertmanager.yaml'),
    stringify({
      route: { receiver: 'kubernaut', group_by: ['...'], group_wait: '0s', group_interval: '1s' },
      receivers: [
        {
          name: 'kubernaut',
          webhook_configs: [
            {
              url: webhook,
              send_resolved: true,
              http_config: { authorization: { credentials_file: join(folder, 'token') } },
            },
          ],
        },
      ],
    }),
  );
  const [port = 0] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const child = spawn(
    alertmanager,
    [
      `--config.file=${join(folder, 'alertmanager.yaml')}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  );
  const exit = once(child, 'exit');
  const http = axios.create({ baseURL: `http://${address}`, proxy: false, timeout: 5_000 });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exit;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitFor(
      () => http.get('/-/ready'),
      ({ status }) => status === 200,
      { timeout: 30_000, what: 'Alertmanager' },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `http://${address}`,
    async send(alerts) {
      await http.post('/api/v2/alerts', alerts);
    },
    stop,
  };
}
