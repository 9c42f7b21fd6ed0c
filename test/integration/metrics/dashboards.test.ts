import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { ensureServers } from '../../../tools/servers/ensure-servers';
import { dashboards } from '../../../tools/build/monitoring/dashboards';
import { alerts, recordings } from '../../../tools/build/monitoring/rules';
import { waitFor } from '../../setup/wait-for';
import { temporaryFolder } from '../../setup/temporary-folder';
import { meter, MeteredWorker, meterPlan } from './metered-worker';
import { startPrometheus, type OwnPrometheus } from './own-prometheus';

// On a fresh machine Prometheus and promtool are built first.
jest.setTimeout(600_000);

const rulesFolder = join(__dirname, '..', '..', '..', 'deploy', 'monitoring');
const rulesFile = join(rulesFolder, 'kubernaut.rules.yaml');

test('promtool accepts the rules, and each alert is raised when it should be and only then', async () => {
  const { promtool } = await ensureServers(['promtool']);
  const run = (...args: string[]) => promisify(execFile)(promtool, args, { cwd: rulesFolder });
  expect((await run('check', 'rules', 'kubernaut.rules.yaml')).stdout).toContain('SUCCESS');
  expect((await run('test', 'rules', 'kubernaut.rules.test.yaml')).stdout).toContain('SUCCESS');
});

describe('A Prometheus that scrapes a worker', () => {
  const folder = temporaryFolder('dashboards');
  let worker: MeteredWorker;
  let prometheus: OwnPrometheus;

  beforeAll(async () => {
    const key = join(folder, 'audit.pem');
    writeFileSync(key, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const sinks = [{ name: 'disk', type: 'file', folder: join(folder, 'exported') }];
    worker = await MeteredWorker.start({ audit: { key: { file: key }, sinks } });
    const rounds = async () => {
      await worker.run(meterPlan([meter('a', { failures: 1 }), meter('b', { fault: 'refute' }, { dependsOn: ['a'] })]));
      await worker.run(meterPlan([meter('a', { fault: 'validate' })]));
      await worker.run(meterPlan([meter('a')]));
    };
    await rounds();
    prometheus = await startPrometheus(worker.url, rulesFile);
    await rounds();
  });
  afterAll(async () => {
    await prometheus?.close();
    await worker?.close();
  });

  const panels = dashboards.flatMap(({ title: dashboard, panels: all }) =>
    all.flatMap(({ title, queries }) => queries.map(({ expr }) => [`${dashboard} / ${title}`, expr] as const)),
  );

  test.each(panels)('has data for the panel %s', async (_panel, expr) => {
    const query = expr.replaceAll('$__rate_interval', '1m');
    const samples = await waitFor(
      () => prometheus.query(query),
      (found) => found.length > 0,
      { timeout: 30_000, interval: 500, what: query },
    );
    expect(samples.length).toBeGreaterThan(0);
  });

  test('has counted what was done since it scrapes', async () => {
    const sum = `round(sum(increase(kubernaut_remediation_duration_seconds_count[5m])))`;
    await waitFor(
      () => prometheus.query(sum),
      ([sample]) => Number(sample?.value[1]) >= 2,
      { timeout: 30_000, interval: 500 },
    );
    const [success] = await waitFor(
      () => prometheus.query('kubernaut:action_success:ratio1h{action="meter"}'),
      ([sample]) => sample !== undefined,
      { timeout: 30_000, interval: 500 },
    );
    expect(Number(success!.value[1])).toBeGreaterThan(0);
    expect(Number(success!.value[1])).toBeLessThan(1);
  });

  test('evaluates every rule without an error', async () => {
    type Rules = { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
    const { groups } = await waitFor(
      () => prometheus.get<Rules>('rules'),
      (answer) => answer.groups.every(({ rules }) => rules.every(({ health }) => health !== 'unknown')),
      { timeout: 30_000, interval: 500 },
    );
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(rules.map(({ name }) => name).sort()).toEqual(
      [...recordings.map(({ record }) => record), ...alerts.map(({ alert }) => alert)].sort(),
    );
  });
});
