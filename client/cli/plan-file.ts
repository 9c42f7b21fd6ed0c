import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ActionRegistry } from '../../activities/registry';
import type { RemediationPlan } from '../../plan/model';
import { parsePlan } from '../../plan/parse';
import type { PlanProblem, PlanWarning } from '../../plan/problem';
import { CliError } from './cli-error';
import type { CliIo } from './cli-io';
import { ExitCode } from './exit-codes';
import { writeLine } from './output/write';

export interface CheckedPlan {
  /** As the problems name it: the argument, or `<stdin>`. */
  file: string;
  plan?: RemediationPlan;
  problems: readonly PlanProblem[];
  warnings: readonly PlanWarning[];
}

/** Reads and checks a plan; `-` is stdin. Problems are data here: `validate` shows those of all files. */
export async function checkPlanFile(io: CliIo, file: string, actions: ActionRegistry): Promise<CheckedPlan> {
  const name = file === '-' ? '<stdin>' : file;
  const result = parsePlan(await readText(io, file), { actions });
  return result.ok
    ? { file: name, plan: result.plan, problems: [], warnings: result.warnings }
    : { file: name, problems: result.problems, warnings: [] };
}

/** A plan that is fit to run. Warnings go to stderr. */
export async function readPlan(io: CliIo, file: string, actions: ActionRegistry): Promise<RemediationPlan> {
  const { plan, problems, warnings, file: name } = await checkPlanFile(io, file, actions);
  for (const warning of warnings) writeLine(io.stderr, findingLine(name, warning));
  if (plan !== undefined && problems.length === 0) return plan;
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const lines = problems.map((problem) => findingLine(name, problem));
  throw new CliError(ExitCode.usage, [...lines, `${name} has ${count}; nothing was started.`].join('\n'));
}

/** `plan.yaml:12:7 spec.steps[0].action unknown action scale_deploymnt — did you mean scale_deployment?`: editors can jump there. */
export function findingLine(file: string, { line, column, path, message, remedy }: PlanProblem | PlanWarning): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return `${place}${path === '' ? '' : ` ${path}`} ${message} — ${remedy}`;
}

async function readText(io: CliIo, file: string): Promise<string> {
  if (file === '-') {
    if (io.stdin.isTTY === true) writeLine(io.stderr, 'Reading the plan from the terminal; end it with Ctrl-D.');
    return text(io.stdin);
  }
  try {
    return await readFile(resolve(io.cwd, file), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new CliError(ExitCode.notFound, `There is no file ${file}.`, { cause: error });
    const why = code === 'EISDIR' ? 'it is a folder' : (code ?? 'unknown error');
    throw new CliError(ExitCode.usage, `${basename(file)} cannot be read: ${why}.`, { cause: error });
  }
}
