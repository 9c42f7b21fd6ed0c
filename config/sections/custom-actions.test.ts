import { customActionsSchema, withCustomPaths } from './custom-actions';

const pin = { file: 'a.sh', sha256: 'a'.repeat(64) };
const problems = (settings: unknown) =>
  customActionsSchema.safeParse(settings).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ??
  [];

describe('Settings of custom actions', () => {
  test('by default nothing can be called, told or run', () => {
    expect(customActionsSchema.parse({})).toEqual({
      http: { hosts: [] },
      notifications: { channels: {}, routes: [], fallback: [] },
      scripts: { sandbox: 'bubblewrap', user: 65534, catalogue: {} },
    });
  });

  test('a host is called by https on 443 and at public addresses, unless it says otherwise', () => {
    expect(customActionsSchema.parse({ http: { hosts: [{ host: '*.example.com' }] } }).http.hosts[0]).toMatchObject({
      ports: [443],
      plainHttp: false,
      networks: [],
      secrets: {},
    });
  });

  test('paths are seen from the settings file, those of secrets included; what a script takes is left alone', () => {
    const args = { properties: { a: { file: 'x' } } };
    const settings = customActionsSchema.parse({
      http: { hosts: [{ host: 'a.example', secrets: { file: { env: 'A' }, other: { file: 'other' } } }] },
      notifications: { channels: { hook: { type: 'teams', url: { file: 'hook' } } } },
      scripts: { folder: 'scripts', catalogue: { a: { description: 'a', ...pin, args } } },
    });
    const absolute = withCustomPaths(settings, (path) => `/etc/kubernaut/${path}`);
    expect(absolute.http.hosts[0]?.secrets).toEqual({ file: { env: 'A' }, other: { file: '/etc/kubernaut/other' } });
    expect(absolute.notifications.channels['hook']).toMatchObject({ url: { file: '/etc/kubernaut/hook' } });
    expect(absolute.scripts.folder).toBe('/etc/kubernaut/scripts');
    expect(absolute.scripts.catalogue['a']).toMatchObject({ file: 'a.sh', args });
  });

  test.each<[unknown, string]>([
    [{ http: { hosts: [{ host: 'https://a.example' }] } }, 'http.hosts.0.host:'],
    [{ http: { hosts: [{ host: 'a.example', networks: ['10.0.0.0/40'] }] } }, 'http.hosts.0.networks.0:'],
    [{ http: { hosts: [{ host: 'a.example', networks: ['10.1'] }] } }, 'http.hosts.0.networks.0:'],
    [{ http: { hosts: [{ host: 'a.example', secrets: { a: 'plain text' } }] } }, 'http.hosts.0.secrets.a:'],
    [
      { notifications: { channels: { a: { type: 'teams', url: 'https://a.example' } } } },
      'notifications.channels.a.url',
    ],
    [{ notifications: { channels: { a: { type: 'fax' } } } }, 'notifications.channels.a.type:'],
    [
      { notifications: { channels: { a: { type: 'email', host: 'h', from: 'a@b', to: ['c@d'], username: 'u' } } } },
      'notifications.channels.a: username and password belong together',
    ],
    [{ scripts: { catalogue: { a: { description: 'a', ...pin } } } }, 'scripts.folder: folder is missing'],
    [
      { scripts: { folder: 's', catalogue: { a: { description: 'a', ...pin, file: '../a.sh' } } } },
      'scripts.catalogue.a.file: must be a path inside the folder',
    ],
    [{ scripts: { folder: 's', catalogue: { a: { description: 'a', file: 'a.sh' } } } }, 'scripts.catalogue.a.sha256:'],
  ])('%j is refused', (settings, problem) => {
    expect(problems(settings).join('\n')).toContain(problem);
  });
});
