import { createHash } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import { waitFor } from '../../setup';
import type { MonitoringLab } from './monitoring-lab';

export interface RuleOperator {
  /** Resolves when what stood in the cluster at the time of the call is in force. */
  synced(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Plays the Prometheus operator for the PrometheusRules of one namespace: each becomes the rule file
 * `<namespace>-<name>-<uid>.yaml`, and Prometheus is told to reload.
 */
export function startRuleOperator({ cluster, servers }: MonitoringLab, namespace: string): RuleOperator {
  let stopped = false;
  let rounds = 0;
  let written = '';
  const isOurs = (name: string) => name.startsWith(`${namespace}-`);

  const sync = async () => {
    const { items } = await cluster.list({ kind: 'PrometheusRule', namespace });
    const files = new Map(
      items.map(({ metadata, spec }) => [`${namespace}-${metadata.name}-${metadata.uid}.yaml`, JSON.stringify(spec)]),
    );
    const state = createHash('sha256')
      .update(JSON.stringify([...files]))
      .digest('hex');
    if (state !== written) {
      for (const name of await readdir(servers.ruleFolder)) {
        if (isOurs(name) && !files.has(name)) await rm(join(servers.ruleFolder, name));
      }
      for (const [name, text] of files) await writeFile(join(servers.ruleFolder, name), text);
      await axios.post(`${servers.prometheusUrl}/-/reload`, undefined, { proxy: false });
      written = state;
    }
    rounds++;
  };
  const running = (async () => {
    while (!stopped) {
      // A refused reload (another test's broken file) is tried again, as the real one does.
      await sync().catch(() => undefined);
      await sleep(200);
    }
  })();
  return {
    async synced() {
      const from = rounds;
      await waitFor(
        () => rounds,
        (now) => now >= from + 2,
        { what: 'sync of the rules' },
      );
    },
    async stop() {
      stopped = true;
      await running;
      for (const name of await readdir(servers.ruleFolder)) {
        if (isOurs(name)) await rm(join(servers.ruleFolder, name));
      }
    },
  };
}
