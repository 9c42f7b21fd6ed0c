import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../processes/run-command';
import { withLock } from '../servers/with-lock';
import { SetupError } from '../setup-error';
import { componentError, endedComponent, watchComponents } from './ended-component';
import { kubectlCommand } from './kubectl-command';
import { auditPolicyFile, kwokConfiguration } from './kwok-configuration';
import { nodeManifests } from './node-manifests';

export const clusterServers = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'kwok',
  'kwokctl',
] as const;

export interface ClusterOptions {
  name: string;
  workdir: string;
  nodes: number;
  servers: Record<(typeof clusterServers)[number], string>;
}

export interface RunningCluster {
  kubeconfig: string;
  context: string;
  auditLogPath: string;
}

/**
 * Creates a cluster with kwokctl: real etcd, API server, controller manager and scheduler as processes, KWOK as kubelet.
 * Everything lies in the workdir; nobody's kubeconfig or kwok folder is read or written. Ready when all nodes are.
 *
 * Throws SetupError naming the component's log.
 */
export async function startCluster(options: ClusterOptions): Promise<RunningCluster> {
  const { name, workdir } = options;
  const kwokWorkdir = join(workdir, 'kwok');
  const kubeconfig = join(workdir, 'kubeconfig');
  const configFile = join(workdir, 'kwok.yaml');
  await mkdir(kwokWorkdir, { recursive: true });
  await writeFile(configFile, await kwokConfiguration());

  // kwokctl looks for free ports by trying them, so two at the same instant would take the same ones.
  const lockFile = join(tmpdir(), `kubernaut-kwokctl-${userInfo().uid}`);
  await withLock(lockFile, () => createCluster(options, kwokWorkdir, kubeconfig, configFile), { timeoutMs: 300_000 });

  const cluster: RunningCluster = {
    kubeconfig,
    context: `kwok-${name}`,
    auditLogPath: join(kwokWorkdir, 'clusters', name, 'logs', 'audit.log'),
  };
  await addNodes(options, cluster);
  return cluster;
}

async function createCluster(
  { name, workdir, servers }: ClusterOptions,
  kwokWorkdir: string,
  kubeconfig: string,
  configFile: string,
): Promise<void> {
  // Started by a path below the workdir: that is how the watchdog knows what belongs to the stack.
  const kwokctl = join(workdir, 'bin', 'kwokctl');
  await mkdir(join(workdir, 'bin'), { recursive: true });
  await symlink(servers.kwokctl, kwokctl);
  const logFile = join(workdir, 'logs', 'kwokctl.log');
  const args = [
    ['create', 'cluster', '--name', name, '--config', configFile, '--runtime', 'binary', '--disable-qps-limits'],
    ['--etcd-binary', servers.etcd, '--kube-apiserver-binary', servers['kube-apiserver']],
    ['--kube-controller-manager-binary', servers['kube-controller-manager']],
    ['--kube-scheduler-binary', servers['kube-scheduler'], '--kwok-controller-binary', servers.kwok],
    ['--kube-audit-policy', auditPolicyFile(), '--kubeconfig', kubeconfig, '--wait', '60s'],
  ].flat();
  // HOME too: kwokctl reads a configuration file from there. Nothing else of this process's environment: what a test runs by
  // `exec` in a fake pod is a process of the KWOK controller, with the environment of that.
  const env = { PATH: process.env.PATH, KWOK_WORKDIR: kwokWorkdir, HOME: workdir, KUBECONFIG: kubeconfig };
  const clusterFolder = join(kwokWorkdir, 'clusters', name);
  const finished = new AbortController();
  const giveUp = new AbortController();
  const watching = watchComponents(clusterFolder, finished.signal).then((component) => {
    if (component !== undefined) giveUp.abort();
    return component;
  });
  const result = await runCommand(kwokctl, args, { env, timeoutMs: 120_000, signal: giveUp.signal }).catch(
    (error: Error) => ({ code: undefined, stdout: '', stderr: error.message }),
  );
  finished.abort();
  await writeFile(logFile, result.stdout + result.stderr);
  const component = await watching;
  if (component !== undefined) {
    throw await componentError(clusterFolder, component);
  }
  const errors = kwokctlErrors(result.stderr);
  if (result.code !== 0 || errors.length > 0) {
    throw new SetupError(`The cluster ${name} did not start`, {
      logFile,
      lastLines: errors.join('\n'),
      remedy: 'See the log, and those of the components beside it; then run this again.',
    });
  }
}

/** kwokctl logs JSON; its errors as plain sentences. */
function kwokctlErrors(stderr: string): string[] {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('{') && line.includes('"level":"ERROR"'))
    .map((line) => {
      const { msg, err } = JSON.parse(line) as { msg: string; err?: string };
      return `${msg}: ${err?.trim() ?? ''}`;
    });
}

async function addNodes({ name, nodes, servers, workdir }: ClusterOptions, cluster: RunningCluster): Promise<void> {
  if (nodes === 0) {
    return;
  }
  const target = { ...cluster, kubectl: servers.kubectl, workdir };
  const steps: Array<{ args: string[]; input?: string }> = [
    { args: ['apply', '-f', '-'], input: nodeManifests(nodes) },
    { args: ['wait', 'node', '--all', '--for=condition=Ready', '--timeout=30s'] },
    // Pods are refused until the controller manager has made the namespace's service account.
    { args: ['wait', 'serviceaccount/default', '-n', 'default', '--for=create', '--timeout=30s'] },
  ];
  for (const { args, input } of steps) {
    const { code, stderr } = await kubectlCommand(target, args, { input });
    if (code !== 0) {
      const clusterFolder = join(workdir, 'kwok', 'clusters', name);
      const component = await endedComponent(clusterFolder);
      if (component !== undefined) {
        throw await componentError(clusterFolder, component);
      }
      throw new SetupError(`The cluster's nodes did not become ready: kubectl ${args.join(' ')}: ${stderr.trim()}`, {
        logFile: join(clusterFolder, 'logs', 'kwok-controller.log'),
        remedy: 'See the log, and kube-controller-manager.log beside it.',
      });
    }
  }
}
