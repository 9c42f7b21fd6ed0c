import { KubernautError, errorCatalogue, isErrorCode, type ErrorCode } from '../errors';
import type { Step } from '../model';
import type { Problem } from '../outcome';
import type { AuditFact } from '../steering';
import type { ActionMeta } from '../step-io';
import type { Command, Decision, RunContext, RunState, StepState } from './state';

/**
 * One decision in the making: a copy of the state that may be changed (steps are copied when first touched, so the state
 * before stays as it was), and the commands collected on the way.
 */
export class Draft {
  readonly state: RunState;
  readonly commands: Command[] = [];
  reply: Decision['reply'];
  private readonly touched = new Set<string>();

  constructor(
    readonly run: RunContext,
    before: RunState,
    /** Workflow time of the event, ms. */
    readonly at: number,
  ) {
    this.state = {
      ...before,
      steps: { ...before.steps },
      order: [...before.order],
      approvals: [...before.approvals],
      undone: [...before.undone],
      left: [...before.left],
      problems: [...before.problems],
      facts: [...before.facts],
    };
  }

  /** The step's state, to be read or changed. */
  step(id: string): StepState {
    const current = this.state.steps[id];
    if (current === undefined) throw new KubernautError('INTERNAL', `no step ${id} in this run`);
    if (this.touched.has(id)) return current;
    this.touched.add(id);
    const copy = { ...current };
    this.state.steps[id] = copy;
    return copy;
  }

  /** The step's state, to be read only. */
  peek(id: string): StepState {
    const current = this.state.steps[id];
    if (current === undefined) throw new KubernautError('INTERNAL', `no step ${id} in this run`);
    return current;
  }

  /** The step as the plan has it; for an instance of a forEach step, its parent's. */
  spec(id: string): Step {
    return stepSpec(this.run, id);
  }

  meta(id: string): ActionMeta {
    return actionMeta(this.run, this.spec(id).action);
  }

  command(command: Command): void {
    this.commands.push(command);
  }

  fact(what: string, detail: string, more: { step?: string; by?: string } = {}): void {
    const fact: AuditFact = { at: new Date(this.at).toISOString(), what, ...more, detail };
    this.state.facts.push(fact);
  }

  decision(): Decision {
    return { state: this.state, commands: this.commands, ...(this.reply && { reply: this.reply }) };
  }
}

/** `web` for the instance `web/3` of a forEach step, else the id itself; ids in plans contain no slash. */
export function planStepId(id: string): string {
  return id.split('/', 1)[0]!;
}

export function stepSpec(run: RunContext, id: string): Step {
  const spec = run.byId.get(planStepId(id));
  if (spec === undefined) throw new KubernautError('INTERNAL', `no step ${id} in the plan`);
  return spec;
}

export function actionMeta(run: RunContext, action: string): ActionMeta {
  const meta = run.actions[action];
  if (meta === undefined) throw new KubernautError('ACTION_UNKNOWN', `action ${action} is not known to this run`);
  return meta;
}

/** A problem with its remedy from the catalogue. */
export function problem(code: ErrorCode, message: string): Problem {
  return { code, message, remedy: errorCatalogue[code].remedy };
}

export function problemOf(error: unknown): Problem {
  if (error instanceof KubernautError) return { code: error.code, message: error.message, remedy: error.remedy };
  const message = error instanceof Error ? error.message : String(error);
  return problem('INTERNAL', message.slice(0, 500));
}

/** One line for people; keeps the code out of sight where the message says it all. */
export function problemLine(of: Problem): string {
  return isErrorCode(of.code) ? `${of.code}: ${of.message}` : of.message;
}
