import { connectStaging } from '../../../activities/conformance/staging-cluster';
import { createRegistry } from '../../../activities/actions';
import { isClusterScoped, rbacManifests } from '../../../tools/rbac/rbac-manifests';
import { createNamespace, kubectl, testEnvironment, waitFor } from '../../setup';

const kubernetes = createRegistry().list('kubernetes');
const { kubeconfig, context } = testEnvironment();
const staging = connectStaging({ kubeconfig, context });
let own: string;
let shop: string;
let other: string;

beforeAll(async () => {
  [own, shop, other] = (await Promise.all(['rbac-own', 'rbac-shop', 'rbac-other'].map(createNamespace))) as [
    string,
    string,
    string,
  ];
});
afterAll(async () => {
  staging.close();
  await kubectl(['delete', 'clusterrole,clusterrolebinding', '-l', `test=${own}`]);
  await kubectl(['delete', 'namespace', own, shop, other, '--wait=false']);
});

/** The shipped file, in a namespace and under names of this test. */
async function applied(file: string, namespace?: string): Promise<void> {
  const text = rbacManifests(createRegistry()).get(file) ?? '';
  const renamed = text
    .replaceAll('namespace: kubernaut\n', `namespace: ${own}\n`)
    .replaceAll(/(name: kubernaut-kubernetes-(?:cluster|namespaces))/g, `$1-${own}`)
    .replaceAll(/^metadata:$/gm, `metadata:\n  labels: { test: ${own} }`);
  await kubectl(['apply', '-f', '-', ...(namespace ? ['-n', namespace] : [])], { input: renamed });
}

test('the manifests give the workers what every action asks for, only in the namespaces they are bound in', async () => {
  await applied('kubernetes.yaml');
  await applied('kubernetes-namespace.yaml', shop);
  const token = (await kubectl(['create', 'token', 'kubernaut-kubernetes', '-n', own])).trim();
  const worker = staging.connectAs('test', token);
  const missing = async (namespace: string) => {
    const all = await Promise.all(
      kubernetes.map(({ permissions }) => worker.missingPermissions(permissions, namespace)),
    );
    return [...new Set(all.flat().map(({ apiGroup, resource, verb }) => `${verb} ${apiGroup}/${resource}`))];
  };
  await waitFor(
    () => missing(shop),
    (found) => found.length === 0,
    { what: 'rights in the bound namespace' },
  );
  const elsewhere = await missing(other);
  expect(elsewhere).toContain('patch apps/deployments');
  expect(elsewhere).toContain('delete /pods');
  // A node's pods may be in any namespace.
  expect(elsewhere).not.toContain('patch /nodes');
  expect(elsewhere).not.toContain('list /pods');
});

test('what is granted outside namespaces is what the server keeps there', async () => {
  const kinds = await staging.kube.discovery.kinds();
  const permissions = createRegistry()
    .list()
    .flatMap((action) => action.permissions);
  const wrong = permissions.filter((permission) => {
    const [plural] = permission.resource.split('/');
    const group = (apiVersion: string) => (apiVersion.includes('/') ? apiVersion.split('/')[0] : '');
    const kind = kinds.find((each) => each.plural === plural && group(each.apiVersion) === permission.apiGroup);
    return kind !== undefined && kind.namespaced === isClusterScoped(permission);
  });
  expect(wrong).toEqual([]);
});
