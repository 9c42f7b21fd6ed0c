import type { Stats } from '../../../client/stats/collect-stats';
import { kubectl, waitFor } from '../../setup';
import { CliLab } from './cli-lab';

let cli: CliLab;

/** One that works; one that works, fails and is undone; one refused before anything is done; a dry run; one that waits. */
beforeAll(async () => {
  cli = await CliLab.open();
  await kubectl(['-n', cli.namespace, 'create', 'deployment', 'api', '--image=nginx', '--replicas=1']);
  await kubectl(['-n', cli.namespace, 'create', 'quota', 'full', '--hard=pods=5']);
  const failing = `    - id: impossible
      action: scale_deployment
      target: Deployment/${cli.namespace}/api
      params: { replicas: 5 }
      timeout: 3s
      retry: { attempts: 1 }
      verify: { timeout: 2s }
      dependsOn: [scale]
`;
  const run = async (plan: string): Promise<void> => {
    await cli.lab.remediations.result(await cli.start(plan));
  };
  await run(cli.plan('works', 3));
  await run(cli.plan('fails', 4, { steps: failing }));
  await run(cli.plan('nothing', 3));
  await run(cli.plan('refused', 3).replace('/web', '/nobody'));
  await cli.run('run - --dry-run', [], { stdin: cli.plan('dry', 2) });
  const id = await cli.start(cli.plan('waits', 2, { approval: true }));
  await cli.lab.until(id, ({ phase }) => phase === 'awaiting_approval');
});
afterAll(async () => {
  await cli?.close();
  if (cli !== undefined) await kubectl(['delete', 'namespace', cli.namespace, '--wait=false']);
});

async function stats(...more: string[]): Promise<Stats> {
  const { exitCode, stdout, stderr } = await cli.run('stats -o json', more);
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Stats;
}

test('what really happened is counted, by action, kind and namespace', async () => {
  // Visibility is a moment behind.
  const found = await waitFor(
    () => stats(),
    ({ remediations }) => remediations.total === 4,
    { timeout: 30_000, interval: 500 },
  );
  expect(found.remediations.byOutcome).toEqual({ succeeded: 1, rolled_back: 1, no_effect: 1, blocked: 1 });
  const ends = { succeeded: 1, undone: 1, failed: 1, no_effect: 1, refused: 1, successRate: 2 / 3 };
  expect(found).toMatchObject({
    actions: [{ name: 'scale_deployment', ...ends }],
    targetKinds: [{ name: 'Deployment', ...ends }],
    namespaces: [{ name: cli.namespace, ...ends }],
    ...{ complete: true, unreadable: 0 },
  });
});

test('as a table, with the outcomes first', async () => {
  const { exitCode, stdout, stderr } = await cli.run('stats --since 1h');
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^4 remediations: 1 \w+, 1 \w+, 1 \w+, 1 \w+\n/);
  expect(stdout).toMatch(
    /ACTION +SUCCESS +WORKED +UNDONE +FAILED +NO EFFECT +REFUSED\nscale_deployment +66\.7 % +2 +1 +1 +1 +1\n/,
  );
  expect(stdout).toContain(`${cli.namespace}  66.7 %`);
});

test('a window without anything, another cluster, and fewer histories than there are, are said to be so', async () => {
  for (const more of [
    ['--until', '2020-01-01', '--since', '2019-01-01'],
    ['--cluster', 'nowhere'],
  ]) {
    const { exitCode, stdout, stderr } = await cli.run('stats', more);
    expect([exitCode, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/^No remediation that ended was started from /);
    expect(await stats(...more)).toMatchObject({ remediations: { total: 0, byOutcome: {} }, actions: [] });
  }
  const { stderr } = await cli.run('stats --histories 2');
  expect(stderr).toMatch(/There are more/);
  expect(await stats('--histories', '2')).toMatchObject({ remediations: { total: 2 }, complete: false });
});

test.each([
  [['--since', 'yesterday'], /Expected a date/],
  [['--histories', '0'], /whole number above 0/],
  [['--since', '1h', '--until', '2020-01-01'], /is after --until/],
  [['-o', 'csv'], /table, json, yaml/],
])('bad input %j is refused with what is expected', async (more, wanted) => {
  const { exitCode, stdout, stderr } = await cli.run('stats', more);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(wanted);
});
