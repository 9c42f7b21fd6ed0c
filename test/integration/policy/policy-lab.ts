import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { kubernetesActions } from '../../../activities/executors/kubernetes';
import { PolicyStore } from '../../../activities/policy/policy-store';
import { actionSettings } from '../../../config/action-settings';
import { parseSettings } from '../../../config/parse-settings';
import type { Settings } from '../../../config/settings';
import { Lab } from '../engine/lab';
import { connectTestCluster } from '../kubernetes/fixtures';

/** A lab with the real cluster `test` in which policies are in force, as a worker with these settings would have them. */
export class PolicyLab {
  private constructor(
    readonly lab: Lab,
    readonly store: PolicyStore,
    private readonly cluster: ConnectedCluster,
    private readonly folder: string,
  ) {}

  static async open(policy: object, rules: readonly object[] = [], environment?: string): Promise<PolicyLab> {
    const folder = mkdtempSync(join(tmpdir(), 'kubernaut-policy-'));
    writeFileSync(join(folder, 'own.yaml'), policyText(rules));
    const settings: Settings = parseSettings(
      {
        clusters: [{ name: 'test', inCluster: true, ...(environment && { environment }) }],
        policy: { mode: 'auto', ...policy, ...(rules.length > 0 && { files: [folder] }) },
      },
      'test',
    );
    const store = new PolicyStore(settings.policy, { pollMs: 200 }).watch();
    const cluster = connectTestCluster();
    const lab = await Lab.open({
      actions: [...kubernetesActions],
      clusters: new Map([['test', cluster]]),
      settingsFor: (name) => actionSettings(settings, name),
      policy: { store, policy: settings.policy, clusters: settings.clusters },
    });
    return new PolicyLab(lab, store, cluster, folder);
  }

  write(text: string): void {
    writeFileSync(join(this.folder, 'own.yaml'), text);
  }

  async close(): Promise<void> {
    await this.lab.close();
    this.store.close();
    this.cluster.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function policyText(rules: readonly object[], spec: object = {}): string {
  return stringify({
    apiVersion: 'kubernaut.dev/v1alpha1',
    kind: 'Policy',
    metadata: { name: 'own' },
    spec: { ...spec, rules },
  });
}
