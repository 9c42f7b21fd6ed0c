import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProcess } from '../../../activities/executors/custom/script/run-process';
import { findSandbox, sandboxArguments } from '../../../activities/executors/custom/script/sandbox';
import { type ScriptLimits, scriptsSchema } from '../../../config/sections/custom/scripts';

const sandboxed = spawnSync('bwrap', ['--version']).status === 0 ? test : test.skip;
const ROUNDS = 200;

let others: ChildProcess[] = [];
afterAll(() => others.forEach((other) => other.kill('SIGKILL')));

sandboxed(
  'told to stop at any moment of its start, a script ends, and does not run on in a sandbox that nobody holds',
  async () => {
    const { user } = scriptsSchema.parse({});
    const limits: ScriptLimits = {
      seconds: 3600,
      cpuSeconds: 30,
      memoryMiB: 256,
      processes: 32,
      tmpMiB: 16,
      outputKiB: 4,
    };
    // On a quiet machine the sandbox is set up too fast to be met half way.
    others = Array.from({ length: 3 }, () => spawn('/bin/sh', ['-c', 'while :; do :; done']));
    const command = await findSandbox();
    const args = await sandboxArguments(limits, false);
    const reason = new Error('stop');
    const startAndStop = async (afterMs: number): Promise<void> => {
      const stop = new AbortController();
      const run = runProcess({
        ...{ command, args, env: {}, cwd: '/', input: '{}', script: Buffer.from('#!/bin/sh\nsleep 3600\n') },
        ...{ timeoutMs: 3_600_000, maxOutputBytes: 4096, signal: stop.signal },
        ...(process.getuid?.() === 0 && { user }),
      });
      // One that escaped would hold this up for an hour.
      const ended = run.catch((error: unknown) => error);
      await sleep(afterMs);
      stop.abort(reason);
      expect(await ended).toBe(reason);
    };
    for (let round = 0; round < ROUNDS; round++) await startAndStop((round % 100) / 2);
  },
  240_000,
);
