import { bridgeSchema, withBridgePaths } from './bridge';

const problems = (value: object): string[] =>
  bridgeSchema.safeParse(value).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
const token = { env: 'TOKEN' };
const tokens = [{ name: 'a', roles: ['read'], token }];

test('by default nobody is let in, and nobody but this machine gets there', () => {
  expect(bridgeSchema.parse({})).toMatchObject({ host: '127.0.0.1', port: 8088 });
  expect(bridgeSchema.parse({}).auth).toBeUndefined();
});

test.each(['127.0.0.1', '::1', 'localhost', '127.8.9.10'])('auth none may listen on %s', (host) => {
  expect(problems({ host, auth: 'none' })).toEqual([]);
});

test.each(['0.0.0.0', '::', '10.0.0.1', 'example.com', '127.0.0.1.example.com', '::ffff:10.0.0.1'])(
  'auth none may not listen on %s',
  (host) => {
    expect(problems({ host, auth: 'none' })).toEqual([expect.stringContaining('auth: none is for loopback')]);
  },
);

test.each<[string, object, string]>([
  ['nobody at all', { auth: {} }, 'nobody could ever get in'],
  ['another word than none', { auth: 'off' }, 'auth'],
  ['a token in plain text', { auth: { tokens: [{ name: 'a', roles: ['read'], token: 'abc' }] } }, 'auth'],
  ['an unknown role', { auth: { tokens: [{ name: 'a', roles: ['admin'], token }] } }, 'auth'],
  ['no role', { auth: { tokens: [{ name: 'a', roles: [], token }] } }, 'auth'],
  ['two of one name', { auth: { tokens: [...tokens, ...tokens] } }, 'two are called a'],
  ['a name with a line end', { auth: { tokens: [{ ...tokens[0], name: 'a\nb' }] } }, 'auth'],
  ['a symmetric algorithm', { auth: { oidc: { issuer: 'https://i', audience: 'a', algorithms: ['HS256'] } } }, 'auth'],
  ['certificates without an authority', { auth: { certificates: [{ name: 'a', roles: ['read'] }] } }, 'clientCaFile'],
  ['a misspelled setting', { prot: 1 }, 'prot'],
])('%s is refused', (_, value, words) => {
  expect(problems(value).join('\n')).toContain(words === 'prot' ? 'Unrecognized' : words);
});

test('paths are seen from the settings file', () => {
  const settings = bridgeSchema.parse({
    tls: { certFile: 'tls.crt', key: { file: 'tls.key' }, clientCaFile: 'ca.crt' },
    auth: {
      tokens: [{ name: 'a', roles: ['read'], token: { file: 'a' } }],
      signatures: [{ name: 'b', roles: ['ingest'], secret: { file: 'b' } }],
    },
  });
  expect(withBridgePaths(settings, (path) => `/etc/${path}`)).toMatchObject({
    tls: { certFile: '/etc/tls.crt', key: { file: '/etc/tls.key' }, clientCaFile: '/etc/ca.crt' },
    auth: { tokens: [{ token: { file: '/etc/a' } }], signatures: [{ secret: { file: '/etc/b' } }] },
  });
});
