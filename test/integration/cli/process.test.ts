import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { kubectl, testEnvironment, waitFor } from '../../setup';
import { buildCli, cliProgram, type CliProcess, startCli } from './built-cli';
import { CliLab } from './cli-lab';

let cli: CliLab;
const started: CliProcess[] = [];
const start = (...args: Parameters<typeof startCli>): CliProcess => {
  const process = startCli(...args);
  started.push(process);
  return process;
};
const where = () => ['--address', testEnvironment().temporalAddress, '--namespace', cli.lab.namespace];
const shell = (command: string): string => execFileSync('bash', ['-c', command], { encoding: 'utf8' });
const commandLines = (): string => execFileSync('ps', ['-eo', 'pid,args', '-ww'], { encoding: 'utf8' });

beforeAll(async () => {
  buildCli();
  cli = await CliLab.open();
});
afterAll(async () => {
  for (const { child, exit } of started) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exit;
  }
  await cli?.close();
});

test('a reader that goes away ends it quietly with 141', () => {
  const out = shell(
    `${process.execPath} ${cliProgram} actions -o json 2>&1 | head -c 1; echo; echo "\${PIPESTATUS[0]}"`,
  );
  expect(out).toMatch(/^\[\n(141|0)\n$/);
  const long = shell(
    `${process.execPath} ${cliProgram} plan schema 2>/tmp/stderr-$$ | true; echo "\${PIPESTATUS[0]}"; cat /tmp/stderr-$$; rm /tmp/stderr-$$`,
  );
  expect(long).toBe('141\n');
});

test('long output through a slow pipe arrives whole', () => {
  const out = shell(`${process.execPath} ${cliProgram} actions -o json | (sleep 1; cat)`);
  expect((JSON.parse(out) as object[]).length).toBeGreaterThan(5);
});

test('Ctrl-C ends the watching with 130, not the remediation', async () => {
  const id = await cli.start(cli.plan('interrupted', 3, { approval: true }));
  const watching = start(['show', id, '--watch', ...where()]);
  await waitFor(watching.stdout, (text) => text.includes('awaiting_approval'));
  watching.child.kill('SIGINT');
  expect(await watching.exit).toBe(130);
  expect(watching.stderr()).toBe('');
  expect((await cli.lab.remediations.status(id)).phase).toBe('awaiting_approval');
  await cli.lab.remediations.abort(id, { by: 'test' });
});

test('the kill switch is engaged, shown and released by commands: until then nothing new is changed', async () => {
  const command = async (...words: string[]) => {
    const running = start([...words, ...where()]);
    expect([await running.exit, running.stderr()]).toEqual([0, expect.any(String)]);
    return running.stdout();
  };
  const replicas = () => kubectl(['-n', cli.namespace, 'get', 'deployment', 'web', '-o', 'jsonpath={.spec.replicas}']);
  const before = await replicas();
  expect(await command('stop', '--by', 'ann', '--reason', 'wrong alerts')).toContain('Engaged');
  const engagedAt = Date.now();
  // So long a worker may believe that nothing is stopped.
  await waitFor(Date.now, (now) => now > engagedAt + 5_000);
  const id = await cli.start(cli.plan('stopped', Number(before) + 1));
  const { hold } = await cli.lab.until(id, (status) => status.hold?.kind === 'stopped');
  expect(hold).toMatchObject({ by: 'ann', reason: 'wrong alerts' });
  expect(JSON.parse(await command('stop', 'status', '-o', 'json'))).toMatchObject([{ id: 'stop/global', by: 'ann' }]);
  expect(await replicas()).toBe(before);
  await command('stop', 'release', '--by', 'bob');
  expect(await cli.lab.remediations.result(id)).toMatchObject({ outcome: 'succeeded' });
  expect(await replicas()).toBe(String(Number(before) + 1));
}, 120_000);

test('worker passes the settings on, and drains on SIGTERM', async () => {
  const { kubeconfig, context } = testEnvironment();
  const worker = start(['worker', ...where(), '--kubeconfig', kubeconfig, '--context', context]);
  await waitFor(worker.stdout, (text) => text.includes('"worker started"'), { timeout: 90_000 });
  expect(worker.stdout()).toContain('kubernaut.default.kubernetes');
  worker.child.kill('SIGTERM');
  expect(await worker.exit).toBe(0);
  expect(worker.stdout()).toContain('worker stopped: everything has drained');
});

test('worker tells what is wrong in the exit codes of the CLI', async () => {
  const worker = start(['worker', '--address', '127.0.0.1:1']);
  expect(await worker.exit).toBe(4);
  expect(worker.stderr()).toContain('127.0.0.1:1 cannot be reached');
});

describe('dev', () => {
  async function ready(dev: CliProcess): Promise<string> {
    await waitFor(
      () => dev.stdout() + (dev.child.exitCode === null ? '' : `ended: ${dev.stderr()}`),
      (text) => text.includes('Ctrl-C ends all of it.') || text.includes('ended: '),
      { timeout: 150_000, what: 'the development stack' },
    );
    return /KUBERNAUT_CONFIG=(\S+)/.exec(dev.stdout())![1]!;
  }
  const leftovers = (folder: string) =>
    commandLines()
      .split('\n')
      .filter((line) => line.includes(`${folder}/`));

  test('starts everything, what it prints works, and SIGTERM leaves nothing behind', async () => {
    const dev = start(['dev', '--nodes', '1']);
    const settings = await ready(dev);
    const folder = dirname(settings);
    const [, kubectl] = /^ {2}(\S+kubectl create .*)$/m.exec(dev.stdout())!;
    shell(`KUBECONFIG=${folder}/kubeconfig ${kubectl}`);
    const kubernaut = (args: string): string =>
      shell(`KUBERNAUT_CONFIG=${settings} ${process.execPath} ${cliProgram} ${args}`);
    expect(kubernaut('doctor')).not.toContain('✗');
    expect(kubernaut(`plan preview ${folder}/first-plan.yaml`)).toMatch(/\/spec\/replicas +2 → 4/);
    expect(kubernaut(`run ${folder}/first-plan.yaml`)).toContain('Started remediation/first-plan/2');
    dev.child.kill('SIGTERM');
    expect(await dev.exit).toBe(130);
    expect(dev.stderr()).toContain('Stopped; nothing is left running.');
    expect(leftovers(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  test('killed with SIGKILL, it leaves neither servers nor worker nor files', async () => {
    const dev = start(['dev', '--nodes', '1']);
    const folder = dirname(await ready(dev));
    expect(leftovers(folder).some((line) => line.includes('workers/main.js'))).toBe(true);
    dev.child.kill('SIGKILL');
    await waitFor(
      () => [...leftovers(folder), ...(existsSync(folder) ? [folder] : [])],
      (left) => left.length === 0,
      { timeout: 30_000, what: 'the end of everything' },
    );
  });
});
