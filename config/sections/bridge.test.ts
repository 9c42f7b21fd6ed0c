import { bridgeSchema, withBridgePaths } from './bridge';

const problems = (value: object): string[] =>
  bridgeSchema.safeParse(value).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
const token = { env: 'TOKEN' };
const user = { id: 'U0ANN', name: 'ann@example.com' };
const slack = { signingSecret: token, users: [user] };
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
  ['signing for everybody', { auth: 'none', signing: { key: token } }, 'signing: needs an auth'],
  ['Slack for everybody', { auth: 'none', slack }, 'slack: needs an auth'],
  ['Slack by names', { auth: { tokens }, slack: { ...slack, users: [{ id: 'ann', name: 'ann' }] } }, 'id of a Slack'],
  ['a Slack user twice', { auth: { tokens }, slack: { ...slack, users: [user, user] } }, 'U0ANN is there twice'],
  ['Slack for nobody', { auth: { tokens }, slack: { ...slack, users: [] } }, 'slack.users'],
  ['a misspelled setting', { prot: 1 }, 'prot'],
])('%s is refused', (_, value, words) => {
  expect(problems(value).join('\n')).toContain(words === 'prot' ? 'Unrecognized' : words);
});

test('paths are seen from the settings file', () => {
  const settings = bridgeSchema.parse({
    tls: { certFile: 'tls.crt', key: { file: 'tls.key' }, clientCaFile: 'ca.crt' },
    signing: { key: { file: 'key' } },
    slack: { signingSecret: { file: 's' }, users: [user] },
    auth: {
      tokens: [{ name: 'a', roles: ['read'], token: { file: 'a' } }],
      signatures: [{ name: 'b', roles: ['ingest'], secret: { file: 'b' } }],
    },
  });
  expect(withBridgePaths(settings, (path) => `/etc/${path}`)).toMatchObject({
    signing: { key: { file: '/etc/key' } },
    slack: { signingSecret: { file: '/etc/s' } },
    tls: { certFile: '/etc/tls.crt', key: { file: '/etc/tls.key' }, clientCaFile: '/etc/ca.crt' },
    auth: { tokens: [{ token: { file: '/etc/a' } }], signatures: [{ secret: { file: '/etc/b' } }] },
  });
});
