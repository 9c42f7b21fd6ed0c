import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodeMeanings } from './exit-codes';
import { runInMemory } from './memory-io';

const cwd = mkdtempSync(join(tmpdir(), 'kubernaut-cli-'));
const write = (name: string, text: string): void => writeFileSync(join(cwd, name), text);
const run = (line: string, options: Parameters<typeof runInMemory>[1] = {}) =>
  runInMemory(line.split(' '), { cwd, ...options });

const goodPlan = `apiVersion: kubernaut.dev/v1alpha1
kind: RemediationPlan
metadata: { name: web-load, reason: more load, requester: alice }
spec:
  steps:
    - id: scale
      action: scale_deployment
      target: Deployment/shop/web
      params: { replicas: 4 }
`;

beforeAll(() => {
  write('good.yaml', goodPlan);
  write('bad.yaml', goodPlan.replace('scale_deployment', 'scale_deploymen').replace('reason: more load, ', ''));
  write('empty.yaml', '');
});
afterAll(() => rmSync(cwd, { recursive: true }));

describe('wrong usage ends with 2 and says what is right', () => {
  test.each([
    ['lst', "unknown command 'lst'"],
    ['lst', 'Did you mean list?'],
    ['list --stat running', "unknown option '--stat'"],
    ['list -o xml', 'Allowed choices are table, json, yaml'],
    ['audit some-id -o xml', 'Allowed choices are table, json, ndjson, yaml'],
    ['list --state sleeping', 'Choose from checking, preparing'],
    ['list --limit many', '1 to 10000'],
    ['show', "missing required argument 'id'"],
    ['plan', 'Usage: kubernaut plan'],
    ['dev --nodes none', 'A whole number from 1'],
    ['actions log --executor custom', 'Give either a name or --executor'],
  ])('kubernaut %s: %s', async (line, message) => {
    const { exitCode, stdout, stderr } = await run(line);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe('plan validate', () => {
  test('a valid plan is one line and exit code 0', async () => {
    expect(await run('plan validate good.yaml')).toEqual({
      exitCode: 0,
      stdout: 'good.yaml: web-load is valid (1 step)\n',
      stderr: '',
    });
  });

  test('reads a plan from stdin', async () => {
    const { exitCode, stdout } = await run('plan validate -', { stdin: goodPlan });
    expect([exitCode, stdout]).toEqual([0, '<stdin>: web-load is valid (1 step)\n']);
  });

  test('lists every problem of every file as file:line:col path message — remedy', async () => {
    const { exitCode, stdout, stderr } = await run('plan validate bad.yaml empty.yaml good.yaml');
    expect(exitCode).toBe(2);
    expect(stdout).toBe('good.yaml: web-load is valid (1 step)\n');
    expect(stderr).toMatch(/^bad\.yaml:3:\d+ metadata\.reason .+ — .+$/m);
    expect(stderr).toMatch(
      /^bad\.yaml:7:7 spec\.steps\[0\]\.action .+ scale_deploymen — Did you mean scale_deployment\?$/m,
    );
    expect(stderr).toMatch(/^empty\.yaml the document is empty — .+$/m);
  });

  test('hands the problems to programs as JSON', async () => {
    const { exitCode, stdout } = await run('plan validate bad.yaml -o json');
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject([
      { file: 'bad.yaml', valid: false, problems: [{ path: 'metadata.reason' }, { code: 'UNKNOWN_ACTION' }] },
    ]);
  });

  test('a file that is not there ends with 3, a folder with 2', async () => {
    expect(await run('plan validate nowhere.yaml')).toMatchObject({
      exitCode: 3,
      stderr: 'Error: There is no file nowhere.yaml.\n',
    });
    expect(await run('plan validate .')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('it is a folder'),
    });
  });

  test('run refuses a bad plan before it looks for a server', async () => {
    const { exitCode, stderr } = await run('run bad.yaml --address 127.0.0.1:1');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('bad.yaml has 2 problems; nothing was started.');
  });
});

test('no server at the address: known at once, named, exit code 4', async () => {
  const start = Date.now();
  const { exitCode, stdout, stderr } = await run('list --address 127.0.0.1:1');
  expect(Date.now() - start).toBeLessThan(5_000);
  expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
  expect(stderr).toBe(
    'Error: Temporal cannot be reached at 127.0.0.1:1: nobody listens there.\n' +
      '  → Check --address, TEMPORAL_ADDRESS, the settings or the profile in temporal.toml; `kubernaut dev` starts a server of its own.\n',
  );
});

test('--debug adds the stack', async () => {
  const { stderr } = await run('list --address 127.0.0.1:1 --debug');
  expect(stderr).toMatch(/^ {4}at /m);
});

test('settings with problems end with 2 and list them', async () => {
  write('broken-settings.yaml', 'temporl: {}\n');
  const { exitCode, stderr } = await run('list --config broken-settings.yaml');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('temporl: there is no such setting');
});

test('approve without a terminal and without --digest says what to pass', async () => {
  const { exitCode, stderr } = await run('approve some-id --address 127.0.0.1:1');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('approve needs --digest when there is no terminal to ask on.');
});

describe('actions', () => {
  test('prints an aligned table without colours when piped', async () => {
    const { exitCode, stdout } = await run('actions');
    expect(exitCode).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^NAME +EXECUTOR +RISK +UNDO +DISRUPTS +DESCRIPTION$/);
    const column = lines[0]!.indexOf('EXECUTOR');
    for (const line of lines.slice(1)) expect(line.slice(column - 2, column)).toBe('  ');
    // eslint-disable-next-line no-control-regex -- colours would be control characters
    expect(stdout).not.toMatch(/\x1b/);
  });

  test('colours a terminal, unless NO_COLOR is set', async () => {
    expect((await run('actions', { terminal: true })).stdout).toContain('\x1b[');
    expect((await run('actions', { terminal: true, env: { NO_COLOR: '1' } })).stdout).not.toContain('\x1b[');
  });

  test('explains one action with parameters, permissions and an example that is a valid step', async () => {
    const { stdout } = await run('actions scale_deployment');
    expect(stdout).toMatch(/^replicas +integer 0–10000/m);
    expect(stdout).toMatch(/^apps +deployments +/m);
    const [, example] = /^Example: .*\n((?:- .*\n)(?: .*\n)*)/m.exec(stdout) ?? [];
    const plan = goodPlan.replace(/ {4}- id[^]*/, example!.replace(/^/gm, '    ').trimEnd() + '\n');
    expect(await run('plan validate -', { stdin: plan })).toMatchObject({ exitCode: 0 });
  });

  test('all of it as JSON, params as JSON Schema', async () => {
    const { stdout } = await run('actions scale_deployment -o json');
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'scale_deployment',
      reversibility: 'reversible',
      params: { type: 'object', properties: { replicas: { type: 'integer' } } },
    });
  });

  test('shows where the settings deny or narrow an action, and why', async () => {
    const rule = 'name: no-drain, reason: the platform team drains, actions: [drain_*], clusters: [prod-*], deny: true';
    const limit = 'name: small, reason: the quota, actions: [scale_deployment], params: { replicas: { max: 20 } }';
    write('rules.yaml', `actions:\n  rules:\n    - { ${rule} }\n    - { ${limit} }\n`);
    const table = (await run('actions --config rules.yaml')).stdout;
    expect(table).toMatch(/^drain_node .* denied: no-drain +/m);
    expect(table).toMatch(/^scale_deployment .* narrowed: small +/m);
    const { stdout } = await run('actions drain_node --config rules.yaml');
    expect(stdout).toMatch(/^no-drain +clusters prod-\* +denied +the platform team drains$/m);
    write('typo.yaml', `actions:\n  rules:\n    - { ${rule.replace('drain_*', 'drain_nodes')} }\n`);
    const typo = await run('actions --config typo.yaml');
    expect(typo).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('there is no action drain_nodes') });
  });

  test('an unknown action ends with 3 and names the closest', async () => {
    const { exitCode, stderr } = await run('actions scale_deploymen');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('did you mean scale_deployment?');
  });
});

test('plan schema is JSON Schema', async () => {
  const { stdout } = await run('plan schema');
  expect(JSON.parse(stdout)).toMatchObject({ title: 'RemediationPlan', type: 'object' });
});

test.each([
  ['approve some-id --all --step a', '--all goes with neither --digest nor --step.'],
  ['override some-id a', "required option '--params <yaml>' not specified"],
  ["override some-id a --params '[1]'", '--params must be an object, such as {replicas: 4}.'],
])('%s is refused before anything is sent', async (line, message) => {
  const { exitCode, stderr } = await run(`${line} --address 127.0.0.1:1`);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(message);
});

test('help exit-codes lists every code', async () => {
  const { exitCode, stdout } = await run('help exit-codes');
  expect(exitCode).toBe(0);
  for (const [code, meaning] of exitCodeMeanings) expect(stdout).toContain(`${code}  ${meaning}`);
});

test.each([
  'run',
  'list',
  'show',
  'approve',
  'reject',
  'revoke',
  'override',
  'abort',
  'audit',
  'report',
  'actions',
  'worker',
  'dev',
  'doctor',
  'conformance',
])('%s --help teaches by examples', async (command) => {
  const { exitCode, stdout } = await run(`${command} --help`);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Examples:\n  # ');
  expect(stdout).toContain(`$ kubernaut ${command}`);
  expect(stdout).toContain('Global Options:');
});

test('doctor says what fails, why, and what to do, and ends with 9', async () => {
  const { exitCode, stdout } = await run('doctor --address 127.0.0.1:1 --kubeconfig nowhere');
  expect(exitCode).toBe(9);
  expect(stdout).toMatch(/^✗ temporal +Temporal cannot be reached at 127\.0\.0\.1:1: nobody listens there\.\n +→ /m);
  expect(stdout).toMatch(/^✗ cluster default +no cluster chosen: kubeconfig nowhere does not exist\n +→ /m);
  expect(stdout).toMatch(/^· search attributes +needs Temporal$/m);
});

describe('rbac', () => {
  const settings = (text: string) => write('wide.yaml', `actions: { kubernetes: { applyManifest: ${text} } }\n`);
  const widget = '{ customKinds: [{ apiGroup: example.com, kind: Widget, resource: widgets }] }';

  test('writes the roles for what the settings add, and the action knows the kind', async () => {
    settings(widget);
    const { exitCode, stdout } = await run('rbac roles --config wide.yaml');
    expect({ exitCode, first: stdout.split('\n')[0] }).toEqual({ exitCode: 0, first: 'Wrote roles/kubernetes.yaml' });
    expect(readFileSync(join(cwd, 'roles', 'kubernetes.yaml'), 'utf8')).toContain("['example.com']");
    const shown = await run('actions apply_manifest -o json --config wide.yaml');
    expect(JSON.parse(shown.stdout)).toMatchObject({ targetKinds: expect.arrayContaining(['Service', 'Widget']) });
  });

  test('a kind that is never applied is refused with its place', async () => {
    settings('{ customKinds: [{ apiGroup: rbac.authorization.k8s.io, kind: Grant, resource: grants }] }');
    const { exitCode, stderr } = await run('rbac roles --config wide.yaml');
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('actions.kubernetes.applyManifest.customKinds[0].apiGroup');
  });

  test('a place where nothing can be written is named', async () => {
    const { exitCode, stderr } = await run('rbac good.yaml');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/good\.yaml.* cannot be written/);
  });
});
