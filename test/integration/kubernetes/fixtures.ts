import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectCluster, type ConnectedCluster } from '../../../activities/cluster/connect';
import type { KubeObject } from '../../../activities/cluster/cluster';
import { auditEvents, kubectl, kubectlJson, testEnvironment, waitFor, type AuditEvent } from '../../setup';

/** Who asks, as the User-Agent says it, when a test calls an action without a worker. */
export const DIRECT_TEST = 'direct-test';

/**
 * The cluster of the run as the actions see it; the audit log tells its requests by their User-Agent. Those of a worker name
 * their operation there; those of a test that calls an action by itself name the test, so that `audit reconcile` looks for no
 * history of them.
 */
export function connectTestCluster(): ConnectedCluster {
  const { kubeconfig, context } = testEnvironment();
  return connectCluster({ name: 'test', kubeconfig, context, caller: DIRECT_TEST });
}

/** The same API server as a ServiceAccount that may do nothing, or what `rules` grant it in the whole cluster. */
export async function connectAs(namespace: string, rules: object[] = []): Promise<ConnectedCluster> {
  const account = `sa-${suffix()}`;
  await kubectl(['create', 'serviceaccount', account, '-n', namespace]);
  if (rules.length > 0) {
    const name = `${namespace}-${account}`;
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules };
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
    const subjects = [{ kind: 'ServiceAccount', name: account, namespace }];
    const binding = { ...role, kind: 'ClusterRoleBinding', rules: undefined, roleRef, subjects };
    await apply({ apiVersion: 'v1', kind: 'List', items: [role, binding] });
  }
  const token = (await kubectl(['create', 'token', account, '-n', namespace])).trim();
  const config = await kubectlJson<{ users: Array<{ user: object }> }>(['config', 'view', '--raw', '--minify']);
  for (const each of config.users) each.user = { token };
  const file = join(await mkdtemp(join(testEnvironment().workdir, 'account-')), 'kubeconfig');
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return connectCluster({ name: 'test', kubeconfig: file, caller: DIRECT_TEST });
}

export function suffix(): string {
  return randomBytes(3).toString('hex');
}

export async function apply(manifest: object): Promise<void> {
  await kubectl(['apply', '-f', '-'], { input: manifest });
}

export interface WorkloadOptions {
  kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  replicas?: number;
  image?: string;
  /** Merged into the pod template's annotations. */
  podAnnotations?: Record<string, string>;
  podSpec?: object;
  container?: object;
  spec?: object;
  metadata?: object;
}

export function workload(namespace: string, name: string, options: WorkloadOptions = {}) {
  const {
    kind = 'Deployment',
    replicas = 2,
    image = 'registry.test/web:1',
    podAnnotations,
    podSpec,
    container,
    spec,
    metadata,
  } = options;
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { namespace, name, ...metadata },
    spec: {
      ...(kind !== 'DaemonSet' && { replicas }),
      ...(kind === 'StatefulSet' && { serviceName: name }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: podAnnotations },
        spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'web', image, ...container }], ...podSpec },
      },
      ...spec,
    },
  };
}

/** Creates a workload and waits until its pods are ready. */
export async function createWorkload(
  namespace: string,
  name: string,
  options: WorkloadOptions = {},
): Promise<KubeObject> {
  const kind = options.kind ?? 'Deployment';
  await kubectl(['create', '-f', '-'], { input: workload(namespace, name, options) });
  await kubectl(['rollout', 'status', `${kind}/${name}`, '-n', namespace, '--timeout=30s']);
  return read(kind, name, namespace);
}

export function read(kind: string, name: string, namespace?: string): Promise<KubeObject> {
  return kubectlJson<KubeObject & Record<string, unknown>>(['get', kind, name, ...inNamespace(namespace)]);
}

export async function podsOf(namespace: string, app: string): Promise<KubeObject[]> {
  const { items } = await kubectlJson<{ items: KubeObject[] }>(['get', 'pods', '-n', namespace, '-l', `app=${app}`]);
  return items;
}

/** A node of its own, kept free of everybody else's pods by a taint; `podSpec` puts pods there. */
export async function createNode(): Promise<{ name: string; podSpec: object }> {
  const name = `node-${suffix()}`;
  const taint = { key: 'kubernaut.dev/test', value: name, effect: 'NoSchedule' };
  await kubectl(['create', '-f', '-'], {
    input: {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, annotations: { 'kwok.x-k8s.io/node': 'fake' }, labels: { 'kubernetes.io/hostname': name } },
      spec: { taints: [taint] },
    },
  });
  await waitFor(
    () => kubectl(['get', 'node', name, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}']),
    (ready) => ready === 'True',
    { what: `${name} Ready` },
  );
  const podSpec = {
    nodeSelector: { 'kubernetes.io/hostname': name },
    tolerations: [{ key: taint.key, operator: 'Exists' }],
  };
  return { name, podSpec };
}

export function deleteNode(name: string): Promise<string> {
  return kubectl(['delete', 'node', name, '--ignore-not-found', '--wait=false']);
}

/** Writes of the actions to one object that the server really stored, by its own audit log. */
export async function storedWrites(object: {
  resource: string;
  name: string;
  namespace?: string;
  subresource?: string;
}): Promise<AuditEvent[]> {
  const events = await auditEvents({ ...object, writesOnly: true, dryRuns: false, userAgent: 'kubernaut/' });
  return events.filter(({ responseStatus, requestObject }) => {
    const dryRun = JSON.stringify(requestObject ?? {}).includes('"dryRun":["All"]');
    return !dryRun && (responseStatus?.code ?? 0) < 300;
  });
}

/** All of an object that a person or a controller could have set; what the server counts by itself is left out. */
export function content(object: KubeObject): string {
  const { labels, annotations, finalizers, ownerReferences, uid } = object.metadata;
  const { 'deployment.kubernetes.io/revision': _, ...own } = annotations ?? {};
  return JSON.stringify({
    uid,
    labels,
    annotations: own,
    finalizers,
    ownerReferences,
    spec: withoutControllerTaints(object),
  });
}

/** The node controller keeps a taint with the time for every cordoned node. */
function withoutControllerTaints({ spec }: KubeObject): object {
  const taints = (spec?.taints ?? []) as Array<{ key: string }>;
  return { ...spec, taints: taints.filter(({ key }) => !key.startsWith('node.kubernetes.io/')) };
}

/** The code of the catalogue, or what came instead. */
export async function codeOf(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  return promise.then(
    (value) => ({ code: 'none', message: JSON.stringify(value) }),
    (error: { code?: string; message: string }) => ({ code: error.code ?? 'no code', message: error.message }),
  );
}

function inNamespace(namespace: string | undefined): string[] {
  return namespace === undefined ? [] : ['-n', namespace];
}
