import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWatchdog } from '../../../tools/processes/watchdog';
import { createWorkdir, sweepAbandoned } from '../../../tools/stack/workdir';

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'kubernaut-unit-')));
});
afterEach(() => {
  children.splice(0).forEach((child) => child.kill('SIGKILL'));
  rmSync(folder, { recursive: true, force: true });
});

/** A program that was started by its path below the folder and does nothing; resolves when it runs. */
async function program(name: string, body: string): Promise<ChildProcess> {
  const file = join(folder, name);
  const child = spawn(process.execPath, ['-e', `console.log(1); ${body}`], { argv0: file, detached: true });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

const IDLE = 'setInterval(() => {}, 1000)';

it('ends what was started from the folder, stubborn or not, and removes the folder', async () => {
  const watchdog = startWatchdog({ folder, graceMs: 300 });
  const willing = await program('willing', IDLE);
  const stubborn = await program('stubborn', `process.on('SIGTERM', () => {}); ${IDLE}`);
  await watchdog.stop();
  expect(willing.signalCode ?? (await once(willing, 'exit'))[1]).toBe('SIGTERM');
  expect(stubborn.signalCode ?? (await once(stubborn, 'exit'))[1]).toBe('SIGKILL');
  expect(existsSync(folder)).toBe(false);
});

it('leaves alone what merely mentions the folder', async () => {
  const reader = spawn(process.execPath, ['-e', `console.log(1); ${IDLE}`, join(folder, 'logs')]);
  children.push(reader);
  await once(reader.stdout, 'data');
  await startWatchdog({ folder, graceMs: 300 }).stop();
  expect(reader.signalCode).toBeNull();
  expect(reader.exitCode).toBeNull();
});

it('keeps the files when asked to, and can be stopped twice', async () => {
  const watchdog = startWatchdog({ folder, keep: true });
  await Promise.all([watchdog.stop(), watchdog.stop()]);
  expect(existsSync(folder)).toBe(true);
});

it('does its work even if it was killed itself', async () => {
  const watchdog = startWatchdog({ folder, graceMs: 300 });
  const child = await program('server', IDLE);
  process.kill(watchdog.pid!, 'SIGKILL');
  await watchdog.stop();
  expect(child.signalCode ?? (await once(child, 'exit'))[1]).toBe('SIGTERM');
  expect(existsSync(folder)).toBe(false);
});

it('sweeps the folders of stacks whose owner and watchdog are gone, and no others', async () => {
  const stackFolder = (name: string, owner?: object): string => {
    const path = join(folder, `kubernaut-stack-${name}`);
    mkdirSync(path);
    if (owner !== undefined) writeFileSync(join(path, 'owner.json'), JSON.stringify(owner));
    return path;
  };
  const gone = spawn('true');
  await once(gone, 'exit');
  const abandoned = stackFolder('abandoned', { pids: [gone.pid] });
  const alive = stackFolder('alive', { pids: [gone.pid, process.pid] });
  const kept = stackFolder('kept');
  await sweepAbandoned(folder);
  expect([abandoned, alive, kept].map(existsSync)).toEqual([false, true, true]);
});

it('refuses a workdir that has something in it, since it would be removed in the end', async () => {
  writeFileSync(join(folder, 'mine.txt'), '');
  await expect(createWorkdir({ folder })).rejects.toThrow(/is not empty\n.*Name a new folder/);
});

it('makes a workdir that is gone after a stop, but leaves its logs after a failure', async () => {
  const good = await createWorkdir();
  await good.stop();
  expect(existsSync(good.folder)).toBe(false);
  const failed = await createWorkdir({ folder: join(folder, 'failed') });
  await failed.abandon();
  expect(existsSync(join(failed.folder, 'logs'))).toBe(true);
});
