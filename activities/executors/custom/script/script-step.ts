import { z } from 'zod';
import type { ScriptSettings } from '../../../../config/sections/custom/scripts';
import { KubernautError } from '../../../../plan/errors';
import type { JsonObject } from '../../../../plan/json';
import type { Effect, Evidence, FieldChange } from '../../../../plan/step-io';
import type { ActionContext, ActionStep, ActionValidation } from '../../../contract';
import { findScript, loadScript } from './catalogue';
import { probeSandbox, readSecrets, runScript, type ScriptResult } from './run-script';
import { checkArgs } from './script-args';

export const scriptParams = z.strictObject({
  script: z
    .string()
    .min(1)
    .max(63)
    .describe('Name of a script in kubernaut.yaml (`actions.custom.scripts.catalogue`).'),
  args: z
    .record(z.string(), z.any())
    .refine((args) => Buffer.byteLength(JSON.stringify(args)) <= 16 * 1024, 'must be at most 16 KiB')
    .default({})
    .describe('Its arguments, as its own schema has them; it reads them as JSON from its input.'),
});
export type ScriptParams = z.output<typeof scriptParams>;

/** Hashes of what was approved. */
export type ScriptBefore = { sha256: string; undoSha256?: string };

type Step = ActionStep<ScriptParams>;

export async function validateScript(
  ctx: ActionContext,
  { params }: Step,
  undo: boolean,
): Promise<ActionValidation<ScriptBefore>> {
  const settings = ctx.settings.custom.scripts;
  const script = findScript(settings, params.script);
  checkArgs(params.script, script.args as JsonObject, params.args as JsonObject);
  await loadScript(settings.folder ?? '', script);
  const diff: FieldChange[] = [
    {
      path: '/script',
      after: { name: params.script, sha256: script.sha256, args: params.args as JsonObject, network: script.network },
    },
  ];
  if (undo) {
    const back = undoOf(params.script, script);
    await loadScript(settings.folder ?? '', back);
    diff.push({ path: '/undo', after: { sha256: back.sha256 } });
  }
  await readSecrets(ctx, script);
  await probeSandbox(ctx, settings, script);
  return {
    before: { sha256: script.sha256, ...(undo && { undoSha256: undoOf(params.script, script).sha256 }) },
    diff,
    warnings: [
      script.description,
      ...(settings.sandbox === 'none' ? ['it runs without a sandbox, as the settings say'] : []),
      ...(script.network ? ['it may use the network'] : []),
    ],
    summary: `run script ${params.script}`,
    noEffect: false,
  };
}

/** A script that ends with another code than 0 has an effect too, perhaps half of one: that is for verify to say. */
export async function executeScript(ctx: ActionContext, { params }: Step, before: ScriptBefore): Promise<Effect> {
  const settings = ctx.settings.custom.scripts;
  const script = findScript(settings, params.script);
  unchanged(params.script, script.sha256, before.sha256);
  if (ctx.attempt > 1 && !script.repeatable) {
    throw new KubernautError(
      'PRECONDITION_FAILED',
      `an earlier attempt may have run the script ${params.script}, which is not repeatable`,
      {
        remedy: 'Find out whether it ran. If it may be run again, say `repeatable: true` in kubernaut.yaml.',
      },
    );
  }
  ctx.progress(`running script ${params.script}`);
  const content = await loadScript(settings.folder ?? '', script);
  const result = await runScript(ctx, settings, { script, content, args: params.args as JsonObject });
  return {
    changed: true,
    summary: `script ${params.script} ${endOf(result)}`,
    data: { ...result, sha256: script.sha256 },
  };
}

export function verifyScript({ params }: Step, effect: Effect): Evidence {
  const { exitCode, ended } = effect.data;
  const data = { readBack: false, ...(exitCode !== undefined && { exitCode }), ...(ended !== undefined && { ended }) };
  return exitCode === 0
    ? { verified: true, summary: `script ${params.script} ended with 0; what it did is known to itself alone`, data }
    : { verified: false, summary: effect.summary, data };
}

/** @throws {KubernautError} `VERIFICATION_FAILED` when the undo script ends with another code than 0 */
export async function undoScript(
  ctx: ActionContext,
  { params }: Step,
  before: ScriptBefore,
  executed: boolean,
): Promise<Effect> {
  const settings = ctx.settings.custom.scripts;
  const script = findScript(settings, params.script);
  const undo = undoOf(params.script, script);
  unchanged(`undo of ${params.script}`, undo.sha256, before.undoSha256);
  ctx.progress(`undoing script ${params.script}`);
  const content = await loadScript(settings.folder ?? '', undo);
  const env = { KUBERNAUT_EXECUTED: executed ? 'yes' : 'unknown' };
  const result = await runScript(ctx, settings, { script, content, args: params.args as JsonObject, env });
  const summary = `undo of script ${params.script} ${endOf(result)}`;
  if (result.exitCode !== 0) {
    throw new KubernautError('VERIFICATION_FAILED', summary, {
      remedy: 'The undo script failed; put the system right by hand.',
    });
  }
  return { changed: true, summary, data: { ...result, sha256: undo.sha256 } };
}

/** @throws {KubernautError} `PRECONDITION_FAILED` */
function undoOf(id: string, { undo }: ScriptSettings): { file: string; sha256: string } {
  if (undo !== undefined) return undo;
  throw new KubernautError('PRECONDITION_FAILED', `the script ${id} has no undo`, {
    remedy: 'Use the action `script`, or give it an undo in kubernaut.yaml.',
  });
}

function unchanged(what: string, now: string, approved: string | undefined): void {
  if (now === approved) return;
  throw new KubernautError('TARGET_CHANGED', `the script ${what} is not the one that was previewed`);
}

function endOf({ exitCode, ended, elapsedMs }: ScriptResult): string {
  if (ended === 'time') return `was ended after ${elapsedMs} ms, at its time limit`;
  if (ended === 'output') return 'was ended: it wrote more than it may';
  return exitCode === undefined ? 'was killed' : `ended with ${exitCode} after ${elapsedMs} ms`;
}
