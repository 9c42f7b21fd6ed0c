import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../test/setup/temporary-folder';
import { connectCluster } from './connect';
import { CredentialSource } from './credentials';
import { loadKubeConfig } from './kubeconfig';

const folder = temporaryFolder('kubeconfig');
const file = join(folder, 'config');

function write(user: object, server = 'https://127.0.0.1:1'): void {
  const cluster = { server, 'insecure-skip-tls-verify': true };
  writeFileSync(
    file,
    JSON.stringify({
      'current-context': 'one',
      contexts: ['one', 'two'].map((name) => ({ name, context: { cluster: 'c', user: 'u' } })),
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user }],
    }),
  );
}

test('a cluster that nobody named is never touched', () => {
  const kubeconfig = process.env.KUBECONFIG;
  write({ token: 't' });
  process.env.KUBECONFIG = file;
  try {
    expect(() => connectCluster({ name: 'default' })).toThrow(
      /no cluster chosen: no kubeconfig, context or inCluster given/,
    );
    expect(connectCluster({ name: 'default', context: 'two' }).server).toBe('https://127.0.0.1:1');
  } finally {
    if (kubeconfig === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = kubeconfig;
  }
});

test.each([
  [{ kubeconfig: join(folder, 'none') }, /does not exist/],
  [{ kubeconfig: file, context: 'three' }, /no context "three"; there are: one, two/],
  [{ inCluster: true, context: 'one' }, /excludes/],
  [{ inCluster: true }, /not running in a pod/],
])('%j is refused', (source, message) => {
  write({ token: 't' });
  expect(() => loadKubeConfig(source)).toThrow(message);
});

test('the token of an exec plugin is asked for again when it has expired', async () => {
  const counter = join(folder, 'count');
  writeFileSync(counter, '');
  const script = `printf x >> ${counter}; echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'$(wc -c < ${counter} | tr -d " ")'","expirationTimestamp":"2001-01-01T00:00:00Z"}}'`;
  write({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] } });
  const credentials = new CredentialSource(loadKubeConfig({ kubeconfig: file }));
  const tokens = await Promise.all([1, 2, 3].map(() => credentials.get()));
  expect(tokens.map(({ headers }) => headers.Authorization)).toEqual(['Bearer 1', 'Bearer 1', 'Bearer 1']);
  credentials.forget();
  const renewed = await credentials.get();
  expect(renewed.headers.Authorization).toBe('Bearer 2');
  expect(renewed.agent).toBe(tokens[0]?.agent);
  credentials.close();
});

test('an exec plugin that fails is an error of ours, in one line', async () => {
  write({
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', 'echo login first >&2; echo more >&2; exit 3'],
    },
  });
  const credentials = new CredentialSource(loadKubeConfig({ kubeconfig: file }));
  await expect(credentials.get()).rejects.toMatchObject({
    code: 'UNAUTHORIZED',
    message: 'cannot get credentials for the cluster: login first',
  });
});
