import { decide } from '../../../plan/core/decide';
import { initialState } from '../../../plan/core/initial';
import { ENGINE_REVISION, runContext, type Decision, type RunEvent, type RunState } from '../../../plan/core/state';
import type { Approval, RemediationPlan } from '../../../plan/model';
import type { PendingApproval } from '../../../plan/steering';
import type { Validation } from '../../../plan/step-io';
import { actions } from './world';

export const terms = (more: Partial<Approval> = {}): Approval => ({
  ...{ required: true, deadline: '60m', remindEvery: '15m' },
  ...more,
});

export function validation(after: number, more: Partial<Validation> = {}): Validation {
  const diff = [{ path: '/spec/replicas', before: 1, after }];
  return { before: {}, diff, warnings: [], summary: `1 → ${after}`, noEffect: false, ...more };
}

type Untimed = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

/** A run to talk to: one event after the other, at times that the test gives. */
export class Talk {
  state: RunState;
  last: Decision | undefined;
  at = 0;
  private readonly run;

  constructor(plan: RemediationPlan, more: Parameters<typeof runContext>[2] = {}) {
    this.run = runContext(plan, actions, { revision: ENGINE_REVISION, ...more });
    this.state = initialState(this.run);
    this.tell({ type: 'started' });
  }

  tell(event: Untimed): this {
    this.last = decide(this.run, this.state, { ...event, at: this.at });
    this.state = this.last.state;
    return this;
  }

  /** Sets the clock, in ms. */
  when(at: number): this {
    this.at = at;
    return this;
  }

  validated(step: string, after = 5, more: Partial<Validation> = {}): this {
    return this.tell({ type: 'validated', step, validation: validation(after, more) });
  }

  approve(by = 'ann', { digest, subject }: PendingApproval = this.state.approvals[0]!): this {
    return this.tell({ type: 'approve', by, digest, ...('step' in subject && { step: subject.step }) });
  }

  get reply(): Decision['reply'] {
    return this.last!.reply;
  }

  /** `execute a` */
  get commands(): string[] {
    return this.last!.commands.map((command) => ('step' in command ? `${command.type} ${command.step}` : command.type));
  }

  get waiting(): string[] {
    return this.state.approvals.map(({ subject }) =>
      'step' in subject ? `${subject.kind}:${subject.step}` : subject.kind,
    );
  }

  facts(what: string): string[] {
    return this.state.facts.filter((fact) => fact.what === what).map(({ by, detail }) => `${by ?? '-'}: ${detail}`);
  }
}
