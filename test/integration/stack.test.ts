import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { packageRoot } from '../../tools/package-root';
import { runCommand } from '../../tools/processes/run-command';
import type { Stack } from '../../tools/stack/stack';
import { clusterServers, startCluster } from '../../tools/stack/cluster';
import { freePorts } from '../../tools/stack/free-port';
import { startTemporal } from '../../tools/stack/temporal-server';
import { createWorkdir } from '../../tools/stack/workdir';
import { ensureServers } from '../../tools/servers/ensure-servers';
import { auditEvents, createNamespace, kubectl, kubectlJson, testEnvironment, waitFor } from '../setup';

interface PodStatus {
  phase?: string;
  conditions?: Array<{ type: string; status: string }>;
  containerStatuses?: Array<{
    ready: boolean;
    resources?: { limits?: { memory?: string } };
    restartCount: number;
    state: { waiting?: { reason: string }; running?: object; terminated?: { exitCode: number } };
    lastState?: { terminated?: { reason: string; exitCode: number } };
  }>;
}

function pod(name: string, image: string, options: { annotations?: object; limits?: object } = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name }, annotations: options.annotations },
    spec: { containers: [{ name: 'app', image, resources: { limits: options.limits } }] },
  };
}

function deployment(name: string, replicas: number): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image: 'shop/web:1' }] } },
    },
  };
}

async function create(namespace: string, ...objects: object[]): Promise<void> {
  await kubectl(['create', '-n', namespace, '-f', '-'], { input: { apiVersion: 'v1', kind: 'List', items: objects } });
}

async function status(namespace: string, name: string): Promise<PodStatus> {
  return (await kubectlJson<{ status: PodStatus }>(['get', 'pod', name, '-n', namespace])).status;
}

const isReady = (of: PodStatus): boolean => of.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';

describe('the shared cluster', () => {
  it('brings a deployment up within seconds', async () => {
    const namespace = await createNamespace('stack');
    const start = performance.now();
    await create(namespace, deployment('web', 3));
    await kubectl(['rollout', 'status', 'deployment/web', '-n', namespace, '--timeout=20s']);
    // 0.5 s on an idle machine; the bound leaves room for two busy cores.
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('crashes a container whose image is tagged broken…, with rising restart counts', async () => {
    const namespace = await createNamespace('stack');
    await create(namespace, pod('web', 'registry:5000/shop/web:broken-2'));
    const crashed = await waitFor(
      () => status(namespace, 'web'),
      (now) => (now.containerStatuses?.[0]?.restartCount ?? 0) >= 3,
    );
    expect(crashed.containerStatuses?.[0]).toMatchObject({
      ready: false,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { reason: 'Error', exitCode: 1 } },
    });
    expect(isReady(crashed)).toBe(false);
    await kubectl(['set', 'image', 'pod/web', 'app=shop/web:1', '-n', namespace]);
    const mended = await waitFor(() => status(namespace, 'web'), isReady);
    expect(mended.containerStatuses?.[0]?.restartCount).toBeGreaterThanOrEqual(3);
  });

  it('cannot pull an image tagged missing…', async () => {
    const namespace = await createNamespace('stack');
    await create(namespace, pod('web', 'shop/web:missing'));
    const waiting = await waitFor(
      () => status(namespace, 'web'),
      (now) => now.containerStatuses !== undefined,
    );
    expect(waiting).toMatchObject({
      phase: 'Pending',
      containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff' } } }],
    });
  });

  it('kills a container for memory when its limit is below the need, and only then', async () => {
    const namespace = await createNamespace('stack');
    const annotations = { 'kubernaut.dev/test-memory-needed': '300Mi' };
    await create(
      namespace,
      pod('small', 'shop/web:1', { annotations, limits: { memory: '256Mi' } }),
      pod('large', 'shop/web:1', { annotations, limits: { memory: '0.5Gi' } }),
    );
    const small = await waitFor(
      () => status(namespace, 'small'),
      (now) => (now.containerStatuses?.[0]?.restartCount ?? 0) >= 2,
    );
    expect(small.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
    expect(isReady(await status(namespace, 'large'))).toBe(true);
  });

  it('keeps a pod unready as long as its annotation says so', async () => {
    const namespace = await createNamespace('stack');
    await create(namespace, pod('web', 'shop/web:1', { annotations: { 'kubernaut.dev/test-never-ready': 'true' } }));
    const unready = await waitFor(
      () => status(namespace, 'web'),
      (now) => now.phase === 'Running',
    );
    expect(isReady(unready)).toBe(false);
    await kubectl(['annotate', 'pod', 'web', 'kubernaut.dev/test-never-ready-', '-n', namespace]);
    await waitFor(() => status(namespace, 'web'), isReady);
  });

  it('lets a container tagged flapping… be ready for a moment between its crashes', async () => {
    const namespace = await createNamespace('stack');
    await create(namespace, pod('web', 'shop/web:flapping'));
    await waitFor(() => status(namespace, 'web'), isReady);
    await waitFor(
      () => status(namespace, 'web'),
      (now) => !isReady(now) && now.containerStatuses?.[0]?.restartCount === 1,
    );
    const back = await waitFor(() => status(namespace, 'web'), isReady);
    expect(back.containerStatuses?.[0]?.restartCount).toBeGreaterThanOrEqual(1);
  });

  it('completes a Job, and fails one whose image is tagged failing…', async () => {
    const namespace = await createNamespace('stack');
    const job = (name: string, image: string): object => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name },
      spec: {
        backoffLimit: 0,
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image }] } },
      },
    });
    await create(namespace, job('good', 'shop/job:1'), job('bad', 'shop/job:failing'));
    const ended = (name: string, condition: string): Promise<string> =>
      kubectl(['wait', `job/${name}`, `--for=condition=${condition}`, '-n', namespace, '--timeout=30s']);
    expect(await ended('good', 'Complete')).toContain('condition met');
    expect(await ended('bad', 'Failed')).toContain('condition met');
  });

  it('runs a command in a pod, and shows its log, only where an object of its namespace says so', async () => {
    const namespace = await createNamespace('stack');
    await create(namespace, pod('web', 'shop/web:1'), pod('other', 'shop/web:1'));
    await kubectl(['wait', 'pod', '--all', '--for=condition=Ready', '-n', namespace, '--timeout=20s']);
    const folder = await mkdtemp(join(tmpdir(), 'kubernaut-stack-test-'));
    try {
      const logsFile = join(folder, 'log');
      await writeFile(logsFile, '2026-01-01T00:00:00.000000000Z stdout F hello\n');
      const kwok = { apiVersion: 'kwok.x-k8s.io/v1alpha1', metadata: { name: 'web' } };
      await create(
        namespace,
        { ...kwok, kind: 'Exec', spec: { execs: [{ local: { workDir: folder } }] } },
        { ...kwok, kind: 'Logs', spec: { logs: [{ logsFile }] } },
      );
      const exec = (name: string) => kubectl(['exec', name, '-n', namespace, '--', '/usr/bin/env']);
      const environment = await waitFor(
        () => exec('web').catch(() => ''),
        (shown) => shown !== '',
      );
      const names = environment.split('\n').map((line) => line.split('=')[0] ?? '');
      expect(names.filter((name) => !['PATH', 'HOME', 'PWD', 'KUBECONFIG', 'KWOK_WORKDIR', ''].includes(name))).toEqual(
        [],
      );
      await expect(exec('other')).rejects.toThrow(/no exec found/);
      expect(await kubectl(['logs', 'web', '-n', namespace])).toBe('hello\n');
      await expect(kubectl(['logs', 'other', '-n', namespace])).rejects.toThrow(/no logs found/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('resizes a pod in place, unless its annotation says that the node refuses', async () => {
    const namespace = await createNamespace('stack');
    const limits = { memory: '64Mi' };
    const annotations = { 'kubernaut.dev/test-resize': 'infeasible' };
    await create(namespace, pod('web', 'shop/web:1', { limits }), pod('full', 'shop/web:1', { limits, annotations }));
    await kubectl(['wait', 'pod', '--all', '--for=condition=Ready', '-n', namespace, '--timeout=20s']);
    const resources = { limits: { memory: '128Mi' }, requests: { memory: '128Mi' } };
    const patch = JSON.stringify({ spec: { containers: [{ name: 'app', resources }] } });
    for (const name of ['web', 'full']) {
      await kubectl(['patch', 'pod', name, '-n', namespace, '--subresource=resize', '-p', patch]);
    }
    const resized = await waitFor(
      () => status(namespace, 'web'),
      (now) => now.containerStatuses?.[0]?.resources?.limits?.memory === '128Mi',
    );
    expect(resized.containerStatuses?.[0]).toMatchObject({ ready: true, restartCount: 0 });
    const refused = await waitFor(
      () => status(namespace, 'full'),
      (now) => now.conditions?.some(({ type }) => type === 'PodResizePending') === true,
    );
    expect(refused.containerStatuses?.[0]?.resources).toMatchObject({ limits });
  });

  it('makes a node NotReady as long as its annotation says so', async () => {
    const name = await createNamespace('stack-node');
    const annotations = { 'kwok.x-k8s.io/node': 'fake', 'kubernaut.dev/test-not-ready': 'true' };
    const taints = [{ key: 'test.dev/own', effect: 'NoSchedule' }];
    await kubectl(['create', '-f', '-'], {
      input: { apiVersion: 'v1', kind: 'Node', metadata: { name, annotations }, spec: { taints } },
    });
    try {
      const becomes = (condition: string): Promise<string> =>
        kubectl(['wait', 'node', name, `--for=condition=${condition}`, '--timeout=30s']);
      expect(await becomes('Ready=False')).toContain('condition met');
      await kubectl(['annotate', 'node', name, 'kubernaut.dev/test-not-ready-']);
      expect(await becomes('Ready=True')).toContain('condition met');
    } finally {
      await kubectl(['delete', 'node', name]);
    }
  });

  it('deletes a pod at once, or when its annotation says, and honours finalizers', async () => {
    const namespace = await createNamespace('stack');
    await create(
      namespace,
      pod('quick', 'shop/web:1'),
      pod('slow', 'shop/web:1', { annotations: { 'kubernaut.dev/test-delete-after': '2s' } }),
    );
    await kubectl(['wait', 'pod', '--all', '--for=condition=Ready', '-n', namespace, '--timeout=20s']);
    const start = performance.now();
    await kubectl(['delete', 'pod', 'slow', '-n', namespace]);
    expect(performance.now() - start).toBeGreaterThan(1900);
    await kubectl(['patch', 'pod', 'quick', '-n', namespace, '-p', '{"metadata":{"finalizers":["test.dev/hold"]}}']);
    await kubectl(['delete', 'pod', 'quick', '-n', namespace, '--wait=false']);
    await waitFor(
      () => auditEvents({ namespace, resource: 'pods', name: 'quick', verbs: ['delete'], userAgent: 'kwok' }),
      (seen) => seen.length > 0,
    );
    expect(await kubectl(['get', 'pod', 'quick', '-n', namespace, '-o', 'name'])).toBe('pod/quick\n');
    await kubectl(['patch', 'pod', 'quick', '-n', namespace, '-p', '{"metadata":{"finalizers":null}}']);
    await waitFor(
      () => kubectl(['get', 'pod', 'quick', '-n', namespace, '--ignore-not-found', '-o', 'name']),
      (found) => found === '',
    );
  });

  it('evicts for real: a budget refuses, and the audit log has the eviction with its body', async () => {
    const namespace = await createNamespace('stack');
    const budget = (minAvailable: number): object => ({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web' },
      spec: { minAvailable, selector: { matchLabels: { app: 'web' } } },
    });
    await create(namespace, deployment('web', 2), budget(2));
    await kubectl(['rollout', 'status', 'deployment/web', '-n', namespace, '--timeout=20s']);
    const [name = ''] = (await kubectl(['get', 'pods', '-n', namespace, '-o', 'name'])).trim().split('\n');
    const podName = name.replace('pod/', '');
    const evict = (): Promise<string> =>
      kubectl(['create', '--raw', `/api/v1/namespaces/${namespace}/pods/${podName}/eviction`, '-f', '-'], {
        input: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: podName, namespace } },
      });
    await waitFor(
      () => kubectlJson<{ status: { currentHealthy?: number } }>(['get', 'pdb', 'web', '-n', namespace]),
      ({ status: { currentHealthy } }) => currentHealthy === 2,
    );
    await expect(evict()).rejects.toThrow(/disruption budget/);
    await kubectl(['apply', '-n', namespace, '-f', '-'], { input: budget(1) });
    await waitFor(evict, () => true, { what: 'the eviction' });

    const seen = await auditEvents({ namespace, resource: 'pods', subresource: 'eviction' });
    expect(seen.map(({ responseStatus }) => responseStatus?.code)).toEqual(expect.arrayContaining([429, 201]));
    expect(seen[0]?.requestObject).toMatchObject({ kind: 'Eviction', metadata: { name: podName } });
  });

  it('records writes with their bodies, but never the content of a Secret', async () => {
    const namespace = await createNamespace('stack');
    await kubectl(['create', 'secret', 'generic', 'login', '--from-literal=password=hunter2', '-n', namespace]);
    await kubectl(['create', 'configmap', 'settings', '--from-literal=colour=green', '-n', namespace]);
    const [configMap] = await auditEvents({ namespace, resource: 'configmaps', name: 'settings', writesOnly: true });
    expect(configMap?.requestObject).toMatchObject({ data: { colour: 'green' } });
    const secrets = await auditEvents({ namespace, resource: 'secrets' });
    expect(secrets.map(({ verb }) => verb)).toContain('create');
    expect(secrets.some((event) => 'requestObject' in event || 'responseObject' in event)).toBe(false);
    expect(readFileSync(testEnvironment().auditLogPath, 'utf8')).not.toContain(
      Buffer.from('hunter2').toString('base64'),
    );
  });
});

describe('the life of a stack', () => {
  it('restarts Temporal on the same port with the same data', async () => {
    const { temporal } = await ensureServers(['temporal']);
    const workdir = await createWorkdir();
    try {
      const [port = 0, webUiPort = 0] = await freePorts(2);
      const databaseFile = join(workdir.folder, 'temporal.db');
      const options = { temporal, workdir: workdir.folder, port, webUiPort, databaseFile, dynamicConfig: {} };
      const server = await startTemporal(options);
      const connection = await Connection.connect({ address: server.address });
      const workflowExecutionRetentionPeriod = { seconds: 86_400 as never };
      await connection.workflowService.registerNamespace({ namespace: 'kept', workflowExecutionRetentionPeriod });
      await connection.close();
      await server.restart();
      const again = await Connection.connect({ address: server.address });
      const { namespaceInfo } = await again.workflowService.describeNamespace({ namespace: 'kept' });
      expect(namespaceInfo?.name).toBe('kept');
      await again.close();
    } finally {
      await workdir.stop();
    }
    expect(existsSync(workdir.folder)).toBe(false);
    expect(await processesOf(workdir.folder)).toEqual([]);
  });

  it('says at once which server ended, with the end of its log', async () => {
    const workdir = await createWorkdir();
    try {
      const servers = await ensureServers(clusterServers);
      const etcd = join(workdir.folder, 'refusing-etcd');
      const script =
        '#!/bin/sh\n[ "$1" = --version ] && echo "etcd Version: 3.6.16" && exit\necho I refuse >&2; exit 3\n';
      await writeFile(etcd, script, { mode: 0o755 });
      const start = startCluster({ name: 'bad', workdir: workdir.folder, nodes: 1, servers: { ...servers, etcd } });
      await expect(start).rejects.toThrow(
        /^The cluster did not start: etcd ended\n {2}\| I refuse\n {2}log: +\S+etcd\.log\n {2}remedy: /,
      );
    } finally {
      await workdir.stop();
    }
  });

  it.each(['SIGKILL', 'SIGINT'] as const)('leaves nothing behind when its process gets %s', async (signal) => {
    const { child, stack } = await startInOtherProcess();
    expect((await processesOf(stack.workdir)).length).toBeGreaterThanOrEqual(6);
    child.kill(signal);
    await once(child, 'exit');
    await waitFor(
      () => processesOf(stack.workdir),
      (left) => left.length === 0,
    );
    await waitFor(
      () => existsSync(stack.workdir),
      (exists) => !exists,
    );
    expect(await isListening(Number(stack.temporalAddress.split(':')[1]))).toBe(false);
    expect(await isListening(Number(new URL(stack.webUiUrl).port))).toBe(false);
  });

  it('leaves nothing behind when its process is killed while the servers are starting', async () => {
    const child = spawnStack();
    const workdir = await waitFor(
      () => stackFolderOf(child),
      (folder) => folder !== undefined,
      { timeout: 30_000 },
    );
    await waitFor(
      () => processesOf(workdir!),
      (running) => running.length > 0,
    );
    child.kill('SIGKILL');
    await once(child, 'exit');
    await waitFor(
      () => existsSync(workdir!),
      (exists) => !exists,
    );
    expect(await processesOf(workdir!)).toEqual([]);
  });
});

/** Command lines of what runs by a path below the folder. */
async function processesOf(folder: string): Promise<string[]> {
  const { stdout } = await runCommand('ps', ['-A', '-ww', '-o', 'args=']);
  return stdout.split('\n').filter((line) => line.startsWith(`${folder}/`));
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** A process of its own that starts a stack from the sources, as they are. */
function spawnStack(): ChildProcess {
  const register = join(__dirname, '..', 'setup', 'register-typescript.cjs');
  const file = join(packageRoot(), 'tools', 'stack', 'main.ts');
  return spawn(process.execPath, ['--require', register, file], { stdio: ['ignore', 'pipe', 'ignore'] });
}

async function startInOtherProcess(): Promise<{ child: ChildProcess; stack: Stack }> {
  const child = spawnStack();
  for await (const line of child.stdout!) {
    return { child, stack: JSON.parse(String(line)) as Stack };
  }
  throw new Error('The stack did not start; see above.');
}

/** The workdir of a stack that is still starting: the one whose owner file names the process. */
async function stackFolderOf(child: ChildProcess): Promise<string | undefined> {
  const { stdout } = await runCommand('sh', [
    '-c',
    'grep -l "\\[$0," "${TMPDIR:-/tmp}"/kubernaut-stack-*/owner.json',
    String(child.pid),
  ]);
  return stdout === '' ? undefined : stdout.trim().replace('/owner.json', '');
}
