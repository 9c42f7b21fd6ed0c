import { planDigest, stepDigest } from '../../../plan/core/digest';
import type { RunContext, RunEvent, RunState } from '../../../plan/core/state';
import { durationMs } from '../../../plan/duration';
import type { PendingApproval } from '../../../plan/steering';

/** The world's own account of what people have approved, to be held against what a run executes. */
export class ApprovalLedger {
  /** Until when each approval is good, by `plan` or `step:<id>`. */
  private readonly good = new Map<string, number>();
  /** Params of each step as they were when they were approved. */
  private readonly params = new Map<string, string>();
  /** Taken back, lapsed, or asked about and not decided yet. */
  private readonly withdrawn = new Set<string>();

  constructor(private readonly run: RunContext) {}

  /** Takes in one decision: the event, and the run before and after it. */
  note(event: RunEvent, before: RunState, after: RunState, accepted: boolean): void {
    const asked = after.approvals.filter((one) => !before.approvals.some((other) => isSame(one, other)));
    if (event.type === 'approve' && accepted) {
      const gone = before.approvals.filter((one) => !after.approvals.some((other) => isSame(one, other)));
      for (const one of gone) this.approved(one, event.at, before);
    }
    if (event.type === 'revoke' && accepted) {
      const left = (after.granted ?? []).map(({ subject }) => keyOf(subject));
      const gone = (before.granted ?? []).map(({ subject }) => keyOf(subject)).filter((key) => !left.includes(key));
      if (gone.length === 0 && before.approvals.every(({ approvers = [] }) => approvers.length === 0))
        throw new Error('revoked nothing');
      for (const key of gone) this.withdraw(key);
    }
    for (const { subject } of asked) this.withdraw(keyOf(subject));
  }

  private approved({ subject, digest, runWithin }: PendingApproval, at: number, state: RunState): void {
    if (subject.kind !== 'rollback' && digest !== this.digestNow(subject, state))
      throw new Error(`approved another ${keyOf(subject)} than there is`);
    if (subject.kind === 'plan') this.withdrawn.clear();
    this.withdrawn.delete(keyOf(subject));
    this.good.set(keyOf(subject), runWithin === undefined ? Infinity : at + durationMs(runWithin));
    const ids = subject.kind === 'step' ? [subject.step] : state.order;
    for (const id of ids) this.params.set(id, this.paramsOf(state, id));
  }

  private withdraw(key: string): void {
    if (key === 'plan') this.good.clear();
    this.good.delete(key);
    this.withdrawn.add(key);
  }

  private digestNow(subject: PendingApproval['subject'], state: RunState): string | undefined {
    if (subject.kind === 'rollback') return undefined;
    return 'step' in subject ? stepDigest(this.run, state, subject.step) : planDigest(this.run, state);
  }

  /** The step is about to execute. `begun`: another one that changes something has been before. */
  check(id: string, at: number, state: RunState, begun: boolean): void {
    const spec = this.run.byId.get(id.split('/')[0]!)!;
    const plan = this.run.plan.spec.approval.required;
    if (plan) this.checkGood('plan', id, begun ? -Infinity : at);
    if (spec.approval.required)
      this.checkGood(`step:${id}`, id, state.steps[id]!.attempt === undefined ? at : -Infinity);
    if (!spec.approval.required && this.good.has(`step:${id}`))
      this.checkGood(`step:${id}`, id, state.steps[id]!.attempt === undefined ? at : -Infinity);
    if (this.withdrawn.has(`step:${id}`)) throw new Error(`${id} executes although nobody has approved it again`);
    const seen = this.params.get(id);
    if (plan && seen !== undefined && state.steps[id]!.changedBy === undefined && seen !== this.paramsOf(state, id))
      throw new Error(`${id} executes other params than were approved`);
  }

  private checkGood(key: string, id: string, at: number): void {
    const until = this.good.get(key);
    if (until === undefined) throw new Error(`${id} executes without the approval of ${key}`);
    if (until <= at) throw new Error(`${id} executes on an approval of ${key} that has lapsed`);
  }

  private paramsOf(state: RunState, id: string): string {
    const step = state.steps[id];
    return JSON.stringify(step?.params ?? step?.override?.params ?? this.run.byId.get(id.split('/')[0]!)!.params);
  }
}

function isSame(one: PendingApproval, other: PendingApproval): boolean {
  return keyOf(one.subject) === keyOf(other.subject) && one.since === other.since && one.digest === other.digest;
}

function keyOf(subject: PendingApproval['subject']): string {
  return 'step' in subject ? `${subject.kind}:${subject.step}` : subject.kind;
}
