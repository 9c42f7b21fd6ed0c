import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { runInMemory } from '../../../client/cli/memory-io';
import type { SetUpResult } from '../../../client/cli/setup/set-up-namespace';
import { searchAttributeKeys } from '../../../plan/search-attributes';
import { testEnvironment, waitFor } from '../../setup';

const run = promisify(execFile);
const names = Object.values(searchAttributeKeys).map(({ name }) => name);
const newName = (): string => `setup-${randomUUID().slice(0, 8)}`;

async function setup(namespace: string, ...more: string[]) {
  const where = ['--address', testEnvironment().temporalAddress, '--namespace', namespace];
  const { exitCode, stdout, stderr } = await runInMemory(['setup', '-o', 'json', ...where, ...more]);
  const results = JSON.parse(stdout) as SetUpResult[];
  return {
    exitCode,
    stderr,
    results,
    brief: results.map(({ state, changed }) => `${state}${changed ? ', changed' : ''}`),
  };
}

/** Temporal's own CLI: what is there, by other eyes. */
async function temporal(...args: string[]): Promise<string> {
  const { temporal: command, temporalAddress } = testEnvironment();
  return (await run(command, [...args, '--address', temporalAddress])).stdout;
}

async function daysKept(namespace: string): Promise<number> {
  const described = await temporal('operator', 'namespace', 'describe', '-n', namespace, '-o', 'json');
  const { config } = JSON.parse(described) as { config: { workflowExecutionRetentionTtl: string } };
  return Number.parseInt(config.workflowExecutionRetentionTtl, 10) / 86_400;
}

test('--check tells what is missing and makes nothing of it', async () => {
  const namespace = newName();
  const { exitCode, results, brief } = await setup(namespace, '--check');
  expect(exitCode).toBe(9);
  expect(brief).toEqual(['failed', 'skipped']);
  expect(results[0]).toMatchObject({ reason: expect.stringContaining('does not exist'), changed: false });
  await expect(temporal('operator', 'namespace', 'describe', '-n', namespace)).rejects.toThrow(/not found/i);
});

test('it makes the namespace, says so, and finds nothing to do the next time', async () => {
  const namespace = newName();
  const made = await setup(namespace, '--retention', '7');
  expect(made).toMatchObject({ exitCode: 0, stderr: '', brief: ['ok, changed', 'ok, changed'] });
  expect(await daysKept(namespace)).toBe(7);
  const registered = await temporal('operator', 'search-attribute', 'list', '-n', namespace);
  for (const name of names) expect(registered).toContain(name);

  for (const more of [[], ['--check'], ['--retention', '7']]) {
    expect(await setup(namespace, ...more)).toMatchObject({ exitCode: 0, brief: ['ok', 'ok'] });
  }
  expect(await daysKept(namespace)).toBe(7);
});

test('another retention is a change, which --check only announces, and without one it stays as it is', async () => {
  const namespace = newName();
  expect((await setup(namespace)).exitCode).toBe(0);
  expect(await daysKept(namespace)).toBe(30);
  const announced = await setup(namespace, '--retention', '14', '--check');
  expect(announced).toMatchObject({ exitCode: 9, brief: ['failed', 'ok'] });
  expect(await daysKept(namespace)).toBe(30);
  const changed = await setup(namespace, '--retention', '14');
  expect(changed).toMatchObject({ exitCode: 0, brief: ['ok, changed', 'ok'] });
  expect(changed.results[0]!.reason).toBe('changed, it was 30 days; ended remediations are kept 14 days');
  expect(await daysKept(namespace)).toBe(14);
});

test('two at the same moment both end well', async () => {
  const namespace = newName();
  const both = await Promise.all([setup(namespace), setup(namespace)]);
  expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(await setup(namespace, '--check')).toMatchObject({ exitCode: 0, brief: ['ok', 'ok'] });
});

test('a search attribute of another type is refused, and nothing is registered beside it', async () => {
  const namespace = newName();
  await temporal('operator', 'namespace', 'create', '-n', namespace);
  // The server's parts learn of it one after the other.
  const named = [...['-n', namespace], ...['--name', names[0]!], ...['--type', 'Bool']];
  const list = () => temporal('operator', 'search-attribute', 'list', '-n', namespace);
  const create = () => temporal('operator', 'search-attribute', 'create', ...named).catch(() => 'not yet, or already');
  await waitFor(
    () => create().then(list),
    (text) => text.includes(names[0]!),
    { timeout: 45_000, what: 'search attribute of another type' },
  );
  const { exitCode, results } = await setup(namespace);
  expect(exitCode).toBe(9);
  expect(results[1]).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining(`another type: ${names[0]}`),
    remedy: expect.stringContaining('search-attribute remove'),
  });
  expect(await list()).not.toContain(names[1]!);
});

test('a name that the server refuses is a failure in its words', async () => {
  const { exitCode, results } = await setup('n'.repeat(1_001));
  expect(exitCode).toBe(9);
  expect(results[0]).toMatchObject({ state: 'failed', reason: expect.stringMatching(/length/), changed: false });
});
