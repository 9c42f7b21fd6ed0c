import type { KubeObject, ListQuery } from '../cluster/cluster';
import type { ActionContext } from '../contract';
import { belongings } from './belongings';

const object = (kind: string, name: string, more: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind, metadata: { namespace: 'shop', name, uid: name }, ...more }) as KubeObject;
const labels = { app: 'web' };
const template = { metadata: { labels }, spec: { imagePullSecrets: [{ name: 'registry' }] } };
const web = object('Deployment', 'web', { spec: { selector: { matchLabels: labels }, template } });

async function named(objects: readonly KubeObject[], about = web): Promise<string[]> {
  const list = ({ kind }: ListQuery) =>
    Promise.resolve({ items: objects.filter((each) => each.kind === kind), resourceVersion: '1' });
  const found = await belongings({ cluster: { list } } as unknown as ActionContext, about, []);
  return found.map(({ kind, name }) => `${kind}/${name}`);
}

const node = (name: string, key: string, effect = 'NoSchedule'): KubeObject =>
  ({ kind: 'Node', metadata: { name, labels: { pool: 'a' } }, spec: { taints: [{ key, effect }] } }) as never;
const pod = (name: string, spec: object, status: object) => object('Pod', name, { spec, status });

test('nodes belong to it whose taints, set by somebody, keep its pods from being placed', async () => {
  const nodes = [
    node('maintained', 'example.com/maintenance'),
    node('tolerated', 'example.com/gpu'),
    node('own', 'node.kubernetes.io/unschedulable'),
    node('soft', 'example.com/maintenance', 'PreferNoSchedule'),
    {
      ...node('elsewhere', 'example.com/maintenance'),
      metadata: { name: 'elsewhere', labels: { pool: 'b' } },
    } as never,
  ];
  const spec = { nodeSelector: { pool: 'a' }, tolerations: [{ key: 'example.com/gpu', operator: 'Exists' }] };
  const waiting = pod('web-1', spec, { phase: 'Pending' });
  expect(await named([...nodes, waiting])).toEqual(['Deployment/web', 'Pod/web-1', 'Node/maintained']);
  const placed = pod('web-1', { ...spec, nodeName: 'tolerated' }, { phase: 'Pending' });
  expect(await named([...nodes, placed])).toEqual(['Deployment/web', 'Pod/web-1', 'Node/tolerated']);
});

test('network policies belong to it that let nothing through to its pods or from them, and no others', async () => {
  const policy = (name: string, spec: object) =>
    object('NetworkPolicy', name, { spec: { podSelector: { matchLabels: labels }, ...spec } });
  const policies = [
    policy('deny', {}),
    policy('deny-out', { policyTypes: ['Ingress', 'Egress'], ingress: [{}] }),
    policy('allow', { ingress: [{}] }),
    policy('others', { podSelector: { matchLabels: { app: 'api' } } }),
  ];
  expect(await named(policies)).toEqual(['Deployment/web', 'NetworkPolicy/deny', 'NetworkPolicy/deny-out']);
});

test('its pull secrets belong to it only while an image cannot be pulled', async () => {
  const waiting = (reason: string) =>
    pod('web-1', { nodeName: 'n' }, { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason } } }] });
  expect(await named([waiting('ImagePullBackOff')])).toContain('Secret/registry');
  expect(await named([waiting('ContainerCreating')])).not.toContain('Secret/registry');
});
