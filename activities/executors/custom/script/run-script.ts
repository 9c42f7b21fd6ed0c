import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScriptSettings, ScriptsSettings } from '../../../../config/sections/custom/scripts';
import { KubernautError } from '../../../../plan/errors';
import type { JsonObject } from '../../../../plan/json';
import type { ActionContext } from '../../../contract';
import { shownOutput } from './output';
import { runProcess, type ProcessResult } from './run-process';
import { findSandbox, sandboxArguments } from './sandbox';

export interface ScriptRun {
  script: ScriptSettings;
  content: Buffer;
  args: JsonObject;
  /** Further variables, besides those of the settings. */
  env?: Record<string, string>;
}

export interface ScriptResult {
  exitCode?: number;
  ended?: 'time' | 'output';
  elapsedMs: number;
  /** The ends of its outputs, secrets replaced. */
  stdout: string;
  stderr: string;
}

/** The environment that scripts get, all of it. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/tmp', LANG: 'C.UTF-8' };

/**
 * Runs a script in its sandbox with the arguments as JSON on its input.
 *
 * @throws {KubernautError} `PRECONDITION_FAILED` without a sandbox, or when the sandbox cannot be set up · the signal's reason
 */
export async function runScript(ctx: ActionContext, settings: ScriptsSettings, run: ScriptRun): Promise<ScriptResult> {
  const { script, content, args } = run;
  const secrets = await readSecrets(ctx, script);
  const common = {
    env: { ...ENVIRONMENT, KUBERNAUT_OPERATION_ID: ctx.operationId, ...run.env, ...secrets },
    input: JSON.stringify(args),
    timeoutMs: Math.min(script.limits.seconds * 1000, ctx.deadline - ctx.clock.now()),
    maxOutputBytes: script.limits.outputKiB * 1024,
    signal: ctx.signal,
    ...(process.getuid?.() === 0 && { user: settings.user }),
  };
  const result =
    settings.sandbox === 'none'
      ? await unboxed(content, (command, cwd) => runProcess({ ...common, command, args: [], cwd }))
      : await boxed(
          await runProcess({
            ...common,
            command: await findSandbox(),
            args: await sandboxArguments(script.limits, script.network),
            cwd: '/',
            script: content,
          }),
        );
  const { exitCode, ended, elapsedMs } = result;
  const show = (text: string) => shownOutput(text, Object.values(secrets));
  return {
    ...(exitCode !== undefined && { exitCode }),
    ...(ended && { ended }),
    elapsedMs,
    stdout: show(result.stdout),
    stderr: show(result.stderr),
  };
}

/** @throws {KubernautError} `PRECONDITION_FAILED` when the kernel or the container of the worker does not allow a sandbox */
export async function probeSandbox(
  ctx: ActionContext,
  settings: ScriptsSettings,
  script: ScriptSettings,
): Promise<void> {
  if (settings.sandbox === 'none') return;
  await boxed(
    await runProcess({
      command: await findSandbox(),
      args: await sandboxArguments(script.limits, script.network),
      env: ENVIRONMENT,
      cwd: '/',
      input: '',
      script: Buffer.from('#!/bin/sh\n'),
      timeoutMs: 10_000,
      maxOutputBytes: 4096,
      signal: ctx.signal,
      ...(process.getuid?.() === 0 && { user: settings.user }),
    }),
  );
}

/** bubblewrap reports an exit code only when it got as far as starting the script. */
async function boxed(result: ProcessResult): Promise<ProcessResult> {
  if (result.ended !== undefined || result.status.includes('"exit-code"')) return result;
  const [line = ''] = result.stderr.split('\n');
  throw new KubernautError(
    'PRECONDITION_FAILED',
    `the sandbox cannot be set up: ${line.slice(0, 200) || 'bwrap gave no reason'}`,
    {
      remedy:
        'bubblewrap needs user namespaces: allow them for the worker (sysctl, seccomp or AppArmor profile of its container).',
    },
  );
}

/** A file is needed here, since nothing can be laid into a root that is everybody's. */
async function unboxed(
  content: Buffer,
  run: (command: string, cwd: string) => Promise<ProcessResult>,
): Promise<ProcessResult> {
  const folder = await mkdtemp(join(tmpdir(), 'kubernaut-script-'));
  try {
    await chmod(folder, 0o755);
    const file = join(folder, 'script');
    await writeFile(file, content, { mode: 0o555 });
    return await run(file, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function readSecrets(ctx: ActionContext, { secrets }: ScriptSettings): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [name, ref] of Object.entries(secrets)) {
    const value = await ctx.secrets.read(ref);
    if (value.includes('\0')) {
      throw new KubernautError('PRECONDITION_FAILED', `the secret for ${name} cannot be an environment variable`);
    }
    values[name] = value;
  }
  return values;
}
