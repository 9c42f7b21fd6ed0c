import { randomBytes } from 'node:crypto';
import { parse, parseAllDocuments } from 'yaml';
import { createRegistry } from '../../../activities/actions';
import { parseSettings } from '../../../config/parse-settings';
import { rbacManifests } from '../../../tools/rbac/rbac-manifests';
import { kubectl, kubectlJson, waitFor } from '../../setup';
import { type Rendered, renderBase } from './kustomize-overlay';

const id = randomBytes(3).toString('hex');
const suffix = `-${id}`;
const namespace = `deployed-${id}`;
const components = ['bridge', 'kubernetes', 'monitoring', 'workflows'];
let text: string;
let objects: Rendered[];

beforeAll(async () => {
  ({ text, objects } = await renderBase({ namespace, suffix }));
  await kubectl(['create', 'namespace', namespace]);
  await kubectl(['apply', '--server-side', '--validate=strict', '-f', '-'], { input: text });
});

afterAll(async () => {
  const own = objects.filter(
    ({ kind, metadata }) => /^ClusterRole(Binding)?$/.test(kind) && metadata.name.endsWith(suffix),
  );
  for (const { kind, metadata } of own) await kubectl(['delete', kind, metadata.name, '--ignore-not-found']);
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

interface Container {
  ports: Array<{ containerPort: number }>;
  livenessProbe: { httpGet: object };
  readinessProbe: { httpGet: object };
  securityContext: object;
}
interface Selecting {
  selector: { matchLabels: Record<string, string> };
}

const ofKind = (all: readonly Rendered[], kind: string) => all.filter((each) => each.kind === kind);

test('the API server takes every object under strict validation, and the Deployments become ready', async () => {
  const ready = await waitFor(
    async () => {
      type Found = { metadata: { name: string }; spec: { replicas: number }; status: { readyReplicas?: number } };
      const { items } = await kubectlJson<{ items: Found[] }>(['get', 'deployments', '-n', namespace]);
      return items.map(({ metadata, spec, status }) => [metadata.name, spec.replicas, status.readyReplicas ?? 0]);
    },
    (found) => found.length === 4 && found.every(([, wanted, now]) => wanted === now),
    { what: 'readiness of the Deployments', timeout: 120_000 },
  );
  expect(ready).toEqual(components.map((component) => [`kubernaut-${component}${suffix}`, 2, 2]));
});

test('the namespace holds to the restricted pod security standard, and its pods fit it', async () => {
  const { metadata } = await kubectlJson<Rendered>(['get', 'namespace', namespace]);
  expect(metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  const looser = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'loose' },
    spec: { containers: [{ name: 'a', image: 'a' }] },
  };
  await expect(kubectl(['create', '-n', namespace, '-f', '-'], { input: looser })).rejects.toThrow(
    'violates PodSecurity',
  );
});

test('accounts and roles are those that the generator makes, unchanged', async () => {
  const { objects: base } = await renderBase();
  const generated = [...rbacManifests(createRegistry())]
    .filter(([file]) => ['kubernetes.yaml', 'kill-switch.yaml', 'monitoring.yaml'].includes(file))
    .flatMap(([, each]) => parseAllDocuments(each).map((document) => document.toJS() as Rendered));
  const rbac = (all: readonly Rendered[]) =>
    all
      .filter(({ kind }) => /Role/.test(kind))
      .sort((a, b) => `${a.kind}${a.metadata.name}`.localeCompare(`${b.kind}${b.metadata.name}`));
  expect(rbac(base)).toEqual(rbac(generated));
  // Bridge and workflows have accounts without any binding, and get no token.
  const bound = new Set(rbac(base).flatMap(({ subjects = [] }) => subjects.map(({ name }) => name)));
  expect([...bound].sort()).toEqual(['kubernaut-kubernetes', 'kubernaut-monitoring']);
  for (const { metadata, spec } of ofKind(base, 'Deployment')) {
    const pod = (spec as { template: { spec: Record<string, unknown> } }).template.spec;
    expect([metadata.name, pod['serviceAccountName']]).toEqual([metadata.name, metadata.name]);
    const token = pod['automountServiceAccountToken'] !== false;
    expect([metadata.name, token]).toEqual([metadata.name, bound.has(metadata.name)]);
  }
});

test('the settings are valid, and ports, probes and selectors belong together', () => {
  const settings =
    objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.includes('settings'))?.data ?? {};
  expect(Object.keys(settings).sort()).toEqual(components.map((component) => `${component}.yaml`));
  for (const deployment of ofKind(objects, 'Deployment')) {
    const { template } = deployment.spec as {
      template: { metadata: { labels: Record<string, string> }; spec: { containers: Container[] } };
    };
    const component = template.metadata.labels['app.kubernetes.io/component']!;
    const read = parseSettings(parse(settings[`${component}.yaml`]!), component);
    const container = template.spec.containers[0]!;
    const http = component === 'bridge' ? read.bridge : read.worker.metrics;
    expect([component, http.host, http.port]).toEqual([component, '0.0.0.0', container.ports[0]!.containerPort]);
    expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' });
    expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' });
    expect(container.securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const budgets = ofKind(objects, 'PodDisruptionBudget').filter(
      ({ spec }) => (spec as Selecting).selector.matchLabels['app.kubernetes.io/component'] === component,
    );
    expect([component, budgets.length]).toEqual([component, 1]);
  }
});
