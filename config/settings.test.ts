import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernautError } from '../plan/errors';
import { temporaryFolder } from '../test/setup/temporary-folder';
import { loadSettings } from './load-settings';
import { parseSettings } from './parse-settings';
import { temporalTarget } from './temporal';

const thrownBy = (act: () => unknown): KubernautError => {
  try {
    act();
  } catch (error) {
    return error as KubernautError;
  }
  throw new Error('nothing was thrown');
};

describe('Settings', () => {
  test('an empty file means all defaults', () => {
    expect(parseSettings(undefined, 'kubernaut.yaml')).toEqual({
      temporal: {},
      clusters: [],
      plugins: [],
      bridge: expect.objectContaining({ host: '127.0.0.1', port: 8088, maxStreams: 100 }),
      incidents: expect.objectContaining({ attempts: 3, soak: '2m', cooldown: '5m' }),
      approval: { identity: 'claimed', keys: [] },
      audit: { sinks: [], formerKeys: [], sweepMinutes: 10 },
      stop: { configMap: { namespace: 'kubernaut', name: 'kubernaut-stop' } },
      guards: expect.objectContaining({ enabled: true, concurrentPerCluster: 5, cooldown: '5m' }),
      policy: { files: [], defaults: true, mode: 'observe', places: [], ownNamespaces: [], selfApproval: false },
      actions: { kubernetes: expect.anything(), custom: expect.anything(), rules: [] },
      worker: {
        workflows: true,
        concurrency: { activities: 50, executors: {}, investigations: 20, workflowTasks: 40, cachedWorkflows: 100 },
        activitiesPerSecond: {},
        shutdownGraceSeconds: 20,
        metrics: { host: '127.0.0.1', port: 9464 },
        log: { level: 'info' },
      },
    });
  });

  test('all problems are named at once, each with its path', () => {
    const error = thrownBy(() =>
      parseSettings(
        {
          temporl: {},
          temporal: { adress: 'x' },
          clusters: [
            { name: 'Prod', inCluster: true },
            { name: 'a' },
            { name: 'b', context: 'x' },
            { name: 'b', context: 'y' },
          ],
          worker: { concurrency: { activities: 0 }, log: { level: 'loud' }, metrics: { port: 99999 } },
        },
        'kubernaut.yaml',
      ),
    );
    expect(error.code).toBe('SETTINGS_INVALID');
    for (const part of [
      'temporl: there is no such setting',
      'temporal.adress: there is no such setting',
      'clusters[0].name: must be a DNS label',
      'clusters[1]: say how to reach it',
      'worker.concurrency.activities:',
      'worker.log.level:',
      'worker.metrics.port:',
    ]) {
      expect(error.message).toContain(part);
    }
  });

  test('two clusters cannot share a name', () => {
    const clusters = [
      { name: 'a', context: 'x' },
      { name: 'a', context: 'y' },
    ];
    expect(thrownBy(() => parseSettings({ clusters }, 'f')).message).toContain(
      'clusters[1].name: two clusters are called a',
    );
  });

  test('no cluster is touched by default: each must say how it is reached', () => {
    expect(thrownBy(() => parseSettings({ clusters: [{ name: 'a' }] }, 'f')).message).toContain(
      'No cluster is touched',
    );
    expect(thrownBy(() => parseSettings({ clusters: [{ name: 'a', inCluster: true, context: 'x' }] }, 'f')).code).toBe(
      'SETTINGS_INVALID',
    );
  });
});

describe('The settings file', () => {
  const folder = temporaryFolder('settings');
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  const empty = temporaryFolder('settings');

  test('is optional unless it is named', () => {
    expect(loadSettings(undefined, { env: {}, cwd: empty }).file).toBeUndefined();
    expect(thrownBy(() => loadSettings('missing.yaml', { env: {}, cwd: empty })).message).toContain(
      'there is no such file',
    );
    expect(
      thrownBy(() => loadSettings(undefined, { env: { KUBERNAUT_CONFIG: '/no/such.yaml' }, cwd: empty })).code,
    ).toBe('SETTINGS_INVALID');
  });

  test('its paths are seen from its own folder', () => {
    const file = write(
      'a.yaml',
      'clusters:\n  - { name: dev, kubeconfig: kube/config }\nplugins: [./mine.js, some-package]\n',
    );
    const { settings } = loadSettings(file, { env: {} });
    expect(settings.clusters[0]!.kubeconfig).toBe(join(folder, 'kube/config'));
    expect(settings.plugins).toEqual([join(folder, 'mine.js'), 'some-package']);
  });

  test('broken YAML and doubled keys are named with their line', () => {
    const file = write('b.yaml', 'temporal: {}\nworker: {}\ntemporal: {}\n');
    expect(thrownBy(() => loadSettings(file)).message).toMatch(/not valid YAML:\n.*unique.* line 3/);
  });
});

describe('Where Temporal is', () => {
  const file = join(temporaryFolder('temporal'), 'temporal.toml');
  writeFileSync(
    file,
    '[profile.default]\naddress = "toml:1"\nnamespace = "toml"\n[profile.prod]\naddress = "prod:1"\napi_key = "k"\n',
  );

  test('the environment wins over the settings, and they win over temporal.toml', () => {
    const settings = { configFile: file };
    expect(temporalTarget(settings, {})).toMatchObject({ address: 'toml:1', namespace: 'toml' });
    expect(temporalTarget({ ...settings, address: 'yaml:1' }, {})).toMatchObject({
      address: 'yaml:1',
      namespace: 'toml',
    });
    expect(
      temporalTarget({ ...settings, address: 'yaml:1' }, { TEMPORAL_ADDRESS: 'env:1', TEMPORAL_NAMESPACE: 'n' }),
    ).toMatchObject({
      address: 'env:1',
      namespace: 'n',
      connectionOptions: { address: 'env:1' },
    });
  });

  test('an API key of the profile switches TLS on', () => {
    const { connectionOptions } = temporalTarget({ configFile: file, profile: 'prod' }, {});
    expect(connectionOptions).toEqual({ address: 'prod:1', apiKey: 'k', tls: true });
  });

  test('a profile that does not exist is refused with what to check', () => {
    const error = thrownBy(() => temporalTarget({ configFile: file, profile: 'nope' }, {}));
    expect(error).toMatchObject({ code: 'SETTINGS_INVALID', message: expect.stringContaining("'nope' not found") });
  });

  test('without anything it is the local server', () => {
    expect(temporalTarget({}, { TEMPORAL_CONFIG_FILE: '/no/such.toml' })).toMatchObject({
      address: 'localhost:7233',
      namespace: 'default',
    });
  });
});
