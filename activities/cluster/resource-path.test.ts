import { describeRef, objectPath, resourcePath } from './resource-path';

const deployments = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true };
const nodes = { apiVersion: 'v1', kind: 'Node', plural: 'nodes', namespaced: false };

test('paths of objects and collections', () => {
  expect(objectPath(deployments, { kind: 'Deployment', namespace: 'shop', name: 'web' })).toBe(
    '/apis/apps/v1/namespaces/shop/deployments/web',
  );
  expect(objectPath(nodes, { kind: 'Node', name: 'n' }, 'status')).toBe('/api/v1/nodes/n/status');
  expect(resourcePath(deployments)).toBe('/apis/apps/v1/deployments');
  expect(describeRef({ kind: 'Node', name: 'n' })).toBe('Node n');
});

test('a name cannot leave its place in the path', () => {
  const at = (name: string) => objectPath(deployments, { kind: 'Deployment', namespace: 'shop', name });
  expect(at('a/../../secrets')).toBe('/apis/apps/v1/namespaces/shop/deployments/a%2F..%2F..%2Fsecrets');
  expect(at('a?dryRun=All')).toContain('a%3FdryRun%3DAll');
  expect(() => at('..')).toThrow(/no name/);
  expect(() => objectPath(deployments, { kind: 'Deployment', name: 'web' })).toThrow(/needs a namespace/);
});
