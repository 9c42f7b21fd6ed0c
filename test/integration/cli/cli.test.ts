import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubectl, testEnvironment, waitFor } from '../../setup';
import { CliLab } from './cli-lab';

let cli: CliLab;

beforeAll(async () => {
  cli = await CliLab.open();
});
afterAll(() => cli?.close());

const waitsForApproval = (id: string) => cli.lab.until(id, (status) => status.approvals.length > 0);

test('plan preview shows target, diff, risk, undo and digest, and changes nothing', async () => {
  const { exitCode, stdout } = await cli.run('plan preview -', [], { stdin: cli.plan('preview', 4) });
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`1. scale  scale_deployment  default: Deployment/${cli.namespace}/web`);
  expect(stdout).toMatch(/^ +\/spec\/replicas +2 → 4$/m);
  expect(stdout).toMatch(/^ +risk medium · reversible/m);
  expect(stdout).toMatch(/^digest {2}sha256:[0-9a-f]{64}$/m);
  expect(await cli.replicas()).toBe(2);
});

test('run --dry-run is the same preview, as JSON for programs', async () => {
  const { exitCode, stdout } = await cli.run('run - --dry-run -o json', [], { stdin: cli.plan('preview', 4) });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    id: 'remediation/preview/2',
    steps: [{ id: 'scale', diff: [{ path: '/spec/replicas', before: 2, after: 4 }] }],
  });
});

test('a preview of a target that is not there says so and ends with 6', async () => {
  const plan = cli.plan('preview-missing', 4).replace('/web', '/nowhere');
  const { exitCode, stdout, stderr } = await cli.run('plan preview -', [], { stdin: plan });
  expect(exitCode).toBe(6);
  expect(stdout + stderr).toContain('TARGET_NOT_FOUND');
});

test('from run over list, show and approve to the audit', async () => {
  const started = await cli.run('run -', [], { stdin: cli.plan('journey', 3, { approval: true }) });
  expect(started).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Started remediation\/journey\/1\n/) });
  expect(started.stderr).toContain('kubernaut approve remediation/journey/1');
  const id = 'remediation/journey/1';
  const { approvals } = await waitsForApproval(id);

  const listed = await waitFor(
    () => cli.run('list --state awaiting_approval'),
    ({ stdout }) => stdout.includes(id),
  );
  expect(listed.stdout).toMatch(
    new RegExp(`^${id} +awaiting_approval +- +approval +\\d+s +default +Deployment/${cli.namespace}/web`, 'm'),
  );

  const digest = approvals[0]!.digest;
  const shown = await cli.run(`show ${id}`);
  expect(shown.stdout).toContain('Waits for approval of the plan: the plan requires it.');
  expect(shown.stdout).toContain(digest);

  const watching = cli.run(`show ${id} --watch`);
  const refused = await cli.run(`approve ${id} --digest ${'0'.repeat(12)}`);
  expect(refused).toMatchObject({ exitCode: 8, stdout: '' });
  expect(refused.stderr).toContain('is not what is waiting for approval');
  expect(await cli.replicas()).toBe(2);

  const approved = await cli.run(`approve ${id} --digest ${digest.slice(7, 19)}`, ['--reason', 'looks right']);
  expect(approved).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`Approved ${id}`) });
  expect(approved.stderr).toContain('Recorded as tester, your user name here');

  const watched = await watching;
  expect(watched.exitCode).toBe(0);
  expect(watched.stdout).toMatch(/ scale {2}succeeded {2}/);
  expect(watched.stdout).toMatch(/ended succeeded: /);
  expect(await cli.replicas()).toBe(3);

  const { stdout } = await cli.run(`audit ${id} -o ndjson`);
  const records = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(records[0]).toMatchObject({ kind: 'started', by: 'alice', identity: 'tester@kubernaut-cli' });
  expect(records.filter(({ kind }) => kind === 'steering')).toMatchObject([
    { what: 'approve', status: 'refused', by: 'tester' },
    { what: 'approve', status: 'done', by: 'tester', reason: 'looks right' },
  ]);
  expect(records.find(({ what }) => what === 'scale_deployment.execute')).toMatchObject({ step: 'scale', attempts: 1 });
  expect(records.at(-1)).toMatchObject({ kind: 'ended', what: 'succeeded', digest });

  const again = await cli.run(`approve ${id} --digest ${digest}`);
  expect(again).toMatchObject({ exitCode: 8, stderr: expect.stringContaining('has already ended (completed)') });
});

test('approve on a terminal shows the preview and approves what was shown only after a yes', async () => {
  const id = await cli.start(cli.plan('asks', 4, { approval: true }));
  await waitsForApproval(id);
  const no = await cli.run(`approve ${id}`, [], { terminal: true, stdin: 'n\n' });
  expect(no).toMatchObject({ exitCode: 8, stderr: expect.stringContaining('Not approved; nothing was sent.') });
  expect((await cli.run(`approve ${id}`, [], { terminal: true, stdin: '' })).exitCode).toBe(8);
  const yes = await cli.run(`approve ${id}`, [], { terminal: true, stdin: 'y\n' });
  expect(yes.exitCode).toBe(0);
  expect(yes.stderr).toContain('Approve the plan? [y/N]');
  expect((await cli.lab.remediations.result(id)).outcome).toBe('succeeded');
});

test('run --wait shows progress on stderr, the result alone on stdout, and a rejection as exit code 6', async () => {
  const running = cli.run('run - --wait -o json', [], { stdin: cli.plan('waits', 5, { approval: true }) });
  const id = 'remediation/waits/1';
  await waitFor(
    () => cli.lab.remediations.status(id),
    (status) => status.approvals.length > 0,
  );
  expect((await cli.run(`reject ${id} --by bob`, ['--reason', 'wrong Deployment'])).exitCode).toBe(0);
  const { exitCode, stdout, stderr } = await running;
  expect(exitCode).toBe(6);
  expect(JSON.parse(stdout)).toMatchObject({ id, result: { outcome: 'rejected' } });
  expect(stderr).toMatch(/ended rejected: bob rejected plan: wrong Deployment\n$/);
});

test('abort stops what runs and undoes what was done; the exit code of the waiting run is 5', async () => {
  const before = await cli.replicas();
  const steps = '    - { id: pause, action: wait, params: { for: 10m } }\n';
  const id = await cli.start(cli.plan('aborted', before + 2, { steps }));
  const watching = cli.run(`show ${id} --watch -o json`);
  await cli.lab.until(id, (status) => status.steps[0]!.status === 'succeeded');
  expect(await cli.replicas()).toBe(before + 2);
  expect((await cli.run(`abort ${id} --by bob`, ['--reason', 'load is gone'])).exitCode).toBe(0);
  const { exitCode, stdout } = await watching;
  expect(exitCode).toBe(5);
  expect(JSON.parse(stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({ id, phase: 'ended', outcome: 'aborted' });
  expect(await cli.replicas()).toBe(before);
});

test('abort --no-undo leaves what was done, says so, and the exit code is 7', async () => {
  const before = await cli.replicas();
  const steps = '    - { id: pause, action: wait, params: { for: 10m } }\n';
  const id = await cli.start(cli.plan('left', before + 1, { steps }));
  await cli.lab.until(id, (status) => status.steps[0]!.status === 'succeeded');
  await cli.run(`abort ${id} --no-undo`);
  const { exitCode, stdout } = await cli.run(`show ${id} --watch`);
  expect(exitCode).toBe(7);
  expect(stdout).toContain('ended aborted');
  expect((await cli.run(`show ${id}`)).stdout).toContain('Left behind:\n  scale');
  expect(await cli.replicas()).toBe(before + 1);
});

test('the same --id and plan attaches, another plan under it is refused', async () => {
  const plan = cli.plan('named', 2);
  const first = await cli.run('run - --id remediation/inc-1 -o json', [], { stdin: plan });
  const second = await cli.run('run - --id remediation/inc-1 -o json', [], { stdin: plan });
  expect([JSON.parse(first.stdout), JSON.parse(second.stdout)]).toMatchObject([
    { attached: false },
    { attached: true },
  ]);
  const other = await cli.run('run - --id remediation/inc-1', [], { stdin: cli.plan('named', 9) });
  expect(other).toMatchObject({ exitCode: 8, stderr: expect.stringContaining('already belongs to another plan') });
});

test('twenty starts at the same moment get twenty ids', async () => {
  const plan = cli.plan('many', 2);
  const ids = await Promise.all(Array.from({ length: 20 }, () => cli.start(plan)));
  expect(ids.sort()).toEqual(Array.from({ length: 20 }, (_, index) => `remediation/many/${index + 1}`).sort());
});

test.each(['show', 'audit', 'reject', 'abort', 'approve --digest 000000000000'])(
  '%s of an id that is not there ends with 3',
  async (command) => {
    expect(await cli.run(`${command} nowhere`)).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringMatching(/^Error: There is no remediation nowhere in namespace .+\n {2}→ `kubernaut list`/),
    });
  },
);

test('a workflow of another type is neither shown nor steered', async () => {
  const workflowId = 'somebody-elses';
  await cli.lab.client.workflow.start('other', { workflowId, taskQueue: 'elsewhere' });
  for (const command of ['show', 'abort', 'audit']) {
    const { exitCode, stderr } = await cli.run(`${command} ${workflowId}`);
    expect([exitCode, stderr]).toEqual([8, expect.stringContaining('is a workflow of type other, not a remediation')]);
  }
  await cli.lab.client.workflow.getHandle(workflowId).terminate();
});

test('a namespace that does not exist ends with 3', async () => {
  const { exitCode, stderr } = await cli.run('list', ['--namespace', 'nowhere']);
  expect([exitCode, stderr]).toEqual([3, expect.stringContaining('Temporal has no namespace nowhere.')]);
});

test('list filters, and prints JSON and YAML', async () => {
  const rejected = await cli.run('list --outcome rejected -o json');
  expect(JSON.parse(rejected.stdout)).toMatchObject([
    { id: 'remediation/waits/1', outcome: 'rejected', status: 'failed' },
  ]);
  expect((await cli.run(`list --target Deployment/${cli.namespace}/web --limit 2 -o yaml`)).stdout).toMatch(
    /^- id: remediation\//,
  );
  expect(await cli.run("list --cluster no'where")).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: 'No remediation matches.\n',
  });
});

test('doctor is content with a complete setup', async () => {
  const { exitCode, stdout } = await cli.run('doctor');
  expect(stdout).not.toContain('✗');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^✓ search attributes +all 10 are registered$/m);
  expect(stdout).toMatch(/^✓ task queue kubernaut\.default\.kubernetes +1 worker polls$/m);
  expect(stdout).toMatch(/^✓ cluster default +https:\S+ answers, Kubernetes v1\.\d+\.\d+$/m);
});

test('doctor names the permissions that are missing, and for which actions', async () => {
  const { kubeconfig } = testEnvironment();
  const folder = mkdtempSync(join(tmpdir(), 'kubernaut-restricted-'));
  const restricted = join(folder, 'kubeconfig');
  await kubectl(['-n', cli.namespace, 'create', 'serviceaccount', 'weak']);
  const token = (await kubectl(['-n', cli.namespace, 'create', 'token', 'weak'])).trim();
  const cluster = JSON.parse(
    await kubectl(['config', 'view', '--kubeconfig', kubeconfig, '--raw', '--minify', '--flatten', '-o', 'json']),
  ) as { clusters: object[]; contexts: { context: { cluster: string } }[] };
  const name = cluster.contexts[0]!.context.cluster;
  writeFileSync(
    restricted,
    JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'weak', clusters: cluster.clusters },
      users: [{ name: 'weak', user: { token } }],
      contexts: [{ name: 'weak', context: { cluster: name, user: 'weak' } }],
    }),
  );
  const { exitCode, stdout } = await cli.run('doctor -o json', ['--kubeconfig', restricted, '--context', 'weak']);
  rmSync(folder, { recursive: true });
  const results = JSON.parse(stdout) as { check: string; state: string; reason: string }[];
  expect(results.find(({ check }) => check === 'permissions in default')).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(/patch apps\/deployments \(for [^)]*scale_deployment/),
    remedy: expect.stringContaining('ClusterRole'),
  });
  expect(results.find(({ check }) => check === 'preview in default')).toMatchObject({
    state: 'warning',
    reason: expect.stringContaining('list resourcequotas, list limitranges: whether a namespace has room'),
  });
  expect(exitCode).toBe(9);
});

test('without a worker, starting works, asking shows what Temporal knows and ends with 4', async () => {
  await cli.lab.stopWorker();
  try {
    const id = await cli.start(cli.plan('nobody', 2));
    const { exitCode, stdout, stderr } = await cli.run(`show ${id}`);
    expect([exitCode, stdout]).toEqual([4, '']);
    expect(stderr).toMatch(new RegExp(`^id +${id}$`, 'm'));
    expect(stderr).toContain(`Error: No worker answered for ${id}`);
    expect((await cli.run(`audit ${id}`)).stdout).toContain('plan nobody');
    await cli.lab.client.workflow.getHandle(id).terminate('end of test');
    expect((await cli.run(`audit ${id}`)).stdout).toContain('TERMINATED: end of test');
  } finally {
    await cli.lab.startWorker();
  }
});
