import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCommand } from '../processes/run-command';
import { SetupError } from '../setup-error';
import { kubectlCommand, type KubectlTarget } from '../stack/kubectl-command';

interface CrdSource {
  group: string;
  module: string;
  /** Below the module; `{plural}` stands for the kind. May bring others of its group along. */
  file: string;
}

const operator: CrdSource = {
  group: 'monitoring.coreos.com',
  module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
  file: 'example/prometheus-operator-crd/monitoring.coreos.com_{plural}.yaml',
};
const snapshotter: CrdSource = {
  group: 'snapshot.storage.k8s.io',
  module: 'github.com/kubernetes-csi/external-snapshotter/client/v8@v8.4.0',
  file: 'config/crd/snapshot.storage.k8s.io_{plural}.yaml',
};

const autoscaler: CrdSource = {
  group: 'autoscaling.k8s.io',
  module: 'k8s.io/autoscaler/vertical-pod-autoscaler@v1.5.1',
  file: 'deploy/vpa-v1-crd-gen.yaml',
};

/** The custom resources that built-in actions work on or look at, by their plural names. All modules are under the Apache License 2.0. */
const sources = {
  prometheusrules: operator,
  servicemonitors: operator,
  podmonitors: operator,
  probes: operator,
  volumesnapshots: snapshotter,
  volumesnapshotclasses: snapshotter,
  verticalpodautoscalers: autoscaler,
} as const satisfies Record<string, CrdSource>;
export type CrdPlural = keyof typeof sources;
export const crdPlurals = Object.keys(sources) as CrdPlural[];

/**
 * Installs CRDs as their own Go modules (checked by the checksum database) bring them; they stay in the cluster. Their
 * controllers do not come with them.
 *
 * @throws {SetupError} when a module cannot be had, or the cluster refuses the CRD
 */
export async function installCrds(cluster: KubectlTarget, plurals: readonly CrdPlural[] = crdPlurals): Promise<void> {
  for (const plural of plurals) {
    const { group, module, file } = sources[plural];
    const input = await readFile(join(await moduleFolder(module), file.replace('{plural}', plural)), 'utf8');
    // Server-side: the larger ones do not fit into the annotation of a client-side apply.
    await run(cluster, ['apply', '--server-side', '--force-conflicts', '-f', '-'], input);
    await established(cluster, `crd/${plural}.${group}`);
  }
}

async function moduleFolder(module: string): Promise<string> {
  const { code, stdout, stderr } = await runCommand('go', ['mod', 'download', '-json', module], { cwd: tmpdir() });
  if (code === 0) return (JSON.parse(stdout) as { Dir: string }).Dir;
  throw new SetupError(`${module} cannot be had: ${stderr} ${stdout}`, {
    remedy: 'Install Go and make its module proxy reachable.',
  });
}

/** A CRD may be so new that it has no conditions yet: `kubectl wait` and a JSONPath over them fail then. */
async function established(cluster: KubectlTarget, crd: string): Promise<void> {
  for (const deadline = Date.now() + 20_000; ; await sleep(100)) {
    const { status } = JSON.parse(await run(cluster, ['get', crd, '-o', 'json'])) as {
      status?: { conditions?: { type: string; status: string }[] };
    };
    if (status?.conditions?.some((each) => each.type === 'Established' && each.status === 'True')) return;
    if (Date.now() > deadline) throw new SetupError(`${crd} is not established`, { remedy: 'See its conditions.' });
  }
}

async function run(cluster: KubectlTarget, args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await kubectlCommand(cluster, args, { input });
  if (code === 0) return stdout;
  throw new SetupError(`kubectl ${args.join(' ')}: ${stderr.trim()}`, { remedy: 'See the message.' });
}
