import { applyManifestSchema } from './apply-manifest';

const widget = { apiGroup: 'example.com', kind: 'Widget', resource: 'widgets' };
const problems = (...customKinds: object[]) =>
  applyManifestSchema
    .safeParse({ customKinds })
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

test('kinds of CRDs are named by group, kind and plural; by default there are none', () => {
  expect(applyManifestSchema.parse({}).customKinds).toEqual([]);
  const route = { apiGroup: 'gateway.networking.k8s.io', kind: 'HTTPRoute', resource: 'httproutes' };
  expect(problems(widget, route)).toEqual([]);
});

test.each<[string, object, RegExp]>([
  [
    'a role',
    { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', resource: 'roles' },
    /apiGroup: .* Kubernetes' own/,
  ],
  ['a webhook', { apiGroup: 'admissionregistration.k8s.io', kind: 'Thing', resource: 'things' }, /Kubernetes' own/],
  ['a CRD', { apiGroup: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition', resource: 'crds' }, /own/],
  ['a group to come', { apiGroup: 'new.k8s.io', kind: 'Thing', resource: 'things' }, /Kubernetes' own/],
  ['the core group', { apiGroup: '', kind: 'Pod', resource: 'pods' }, /must be the group of a CRD/],
  ['workloads', { apiGroup: 'apps', kind: 'Deployment', resource: 'deployments' }, /must be the group of a CRD/],
  [
    'another spelling',
    { apiGroup: 'RBAC.authorization.k8s.io', kind: 'X', resource: 'x' },
    /must be the group of a CRD/,
  ],
  ['an admission policy', { apiGroup: 'kyverno.io', kind: 'Rule', resource: 'rules' }, /other people's requests/],
  ['another one', { apiGroup: 'constraints.gatekeeper.sh', kind: 'A', resource: 'a' }, /other people's requests/],
  ['what makes Secrets', { ...widget, kind: 'ExternalSecret' }, /kind: ExternalSecret hands out secrets/],
  ['what gives rights', { ...widget, kind: 'IAMPolicyBinding' }, /kind: IAMPolicyBinding hands out/],
  [
    'the name of a kind of its own',
    { ...widget, kind: 'Service' },
    /Service is the name of a kind that can be applied/,
  ],
  ['a wildcard', { ...widget, resource: '*' }, /resource: must be the plural/],
  ['a subresource', { ...widget, resource: 'widgets/status' }, /resource: must be the plural/],
  ['a version', { ...widget, apiGroup: 'example.com/v1' }, /apiGroup: must be the group/],
  ['a misspelled field', { ...widget, plural: 'widgets' }, /plural/],
])('refuses %s', (_what, kind, message) => {
  expect(problems(kind).join('\n')).toMatch(message);
});

test('all problems come at once, and a kind of two groups is one too many', () => {
  const other = { ...widget, apiGroup: 'other.example.com' };
  const found = problems(widget, other, { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', resource: '*' });
  expect(found.map((problem) => problem.split(':')[0])).toEqual([
    'customKinds.2.resource',
    'customKinds.2.apiGroup',
    'customKinds.2.kind',
    'customKinds.1.kind',
  ]);
});
