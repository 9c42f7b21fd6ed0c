import { decide } from '../../../plan/core/decide';
import { initialState } from '../../../plan/core/initial';
import {
  runContext,
  type Command,
  type RunContext,
  type RunEvent,
  type RunState,
  type StepCommand,
} from '../../../plan/core/state';
import { guardsOfStep } from '../../../plan/guard/needs';
import type { GuardSettings } from '../../../plan/guard/settings';
import { strictest, type PolicyDecision, type PolicyVerdict } from '../../../plan/policy/decision';
import type { RemediationPlan, Step } from '../../../plan/model';
import type { ActionMeta } from '../../../plan/step-io';
import type { SubPlanInput } from '../../../plan/sub-plan';
import { ApprovalLedger } from './approval-ledger';

/** Draws whole numbers below `n`; from fast-check, so that a failure shrinks. */
export type Draw = (n: number) => number;

export const actions: Record<string, ActionMeta> = Object.fromEntries(
  (
    [
      ['scale', 'reversible', false],
      ['drain', 'compensatable', false],
      ['restart', 'irreversible', false],
      ['look', 'reversible', true],
    ] as const
  ).map(([name, reversibility, readOnly]) => [
    name,
    {
      name,
      executor: 'test',
      risk: 'low',
      reversibility,
      disruption: name === 'drain' ? 'node' : 'none',
      readOnly,
      clusterScoped: false,
      ...(name !== 'restart' && { foreseeable: true }),
    },
  ]),
);

export function step(id: string, more: Partial<Step> = {}): Step {
  const approval = { required: false, deadline: '60m', remindEvery: '15m' };
  return {
    id,
    action: 'scale',
    target: { cluster: 'c', kind: 'Deployment', namespace: 'ns', name: id },
    params: {},
    dependsOn: [],
    timeout: '10m',
    retry: { attempts: 3, initialInterval: '1s', backoff: 2, maxInterval: '30s' },
    verify: {},
    critical: true,
    onFailure: 'rollback',
    rollback: { mode: 'auto' },
    temporary: false,
    approval,
    ...more,
  };
}

export function plan(steps: Step[], more: Partial<RemediationPlan['spec']> = {}): RemediationPlan {
  const approval = { required: false, deadline: '60m', remindEvery: '15m' };
  return {
    apiVersion: 'kubernaut.dev/v1alpha1',
    kind: 'RemediationPlan',
    metadata: { name: 'p', reason: 'r', requester: 'q' },
    spec: { cluster: 'c', timeout: '2h', rollbackStrategy: 'automatic', dryRun: false, approval, steps, ...more },
  };
}

/** What is answered by exactly one event. */
type Asked = StepCommand | Extract<Command, { type: 'evaluate_policy' }>;

/**
 * What the outside does to a run: it carries out commands in any order, with any result, and people, timers and cancels
 * come in between. It keeps its own account of what is really there, to be compared with what the run claims.
 */
export class World {
  readonly run: RunContext;
  state: RunState;
  readonly events: RunEvent[] = [];
  /** Effects that really are there, by step. */
  readonly effects = new Set<string>();
  readonly irreversible = new Set<string>();
  /** Steps of which an attempt that was retried has left something. */
  readonly earlier = new Set<string>();
  readonly executed: string[] = [];
  readonly completed: string[] = [];
  readonly undone: string[] = [];
  /** Stopped by the kill switch between two attempts, of which the first may have acted. */
  readonly halfway = new Set<string>();
  /** Those of `undone` that were temporary, and taken back after everything else had succeeded. */
  readonly early = new Set<string>();
  pending: Asked[] = [];
  private readonly verifiedAt = new Map<string, number>();
  private released = false;
  /** Guards asked for, not yet answered. */
  readonly asked: string[] = [];
  /** Guards that are really the run's, and the token of each. */
  readonly held = new Map<string, number>();
  private guardsReleased = false;
  private tokens = 0;
  cancelling = false;
  /** Steps that policies let pass, with an approval where they ask for one. */
  readonly decided = new Map<string, PolicyVerdict>();
  private readonly ledger: ApprovalLedger;
  private now = 0;

  constructor(
    document: RemediationPlan,
    private readonly draw: Draw,
    more: {
      guards?: GuardSettings | undefined;
      policy?: boolean;
      sub?: SubPlanInput | undefined;
      revision?: number;
    } = {},
  ) {
    this.run = runContext(document, actions, more);
    this.state = initialState(this.run);
    this.ledger = new ApprovalLedger(this.run);
    this.feed({ at: 0, type: 'started' });
  }

  get ended(): boolean {
    return this.state.phase === 'ended';
  }

  feed(event: RunEvent): void {
    this.events.push(event);
    const stopped = this.state.stop !== undefined;
    const withdraws = event.type === 'abort' && event.unlessBegun === true;
    if (this.state.conclusion && ['abort', 'cancel', 'timeout'].includes(event.type) && !withdraws)
      this.released = true;
    if ('evidence' in event) this.verifiedAt.set(event.step, event.at);
    // Comparing whole states is slow, so only one decision in eight is watched for side effects.
    const before = this.draw(8) === 0 ? JSON.stringify(this.state) : undefined;
    const { state, commands, reply } = decide(this.run, this.state, event);
    if (before && JSON.stringify(this.state) !== before) throw new Error('decide changed the state it was given');
    const earlier = this.state;
    this.state = state;
    this.forget(earlier);
    this.ledger.note(event, earlier, state, reply?.accepted === true);
    const asksAgain = state.phase === 'awaiting_approval' && state.granted === undefined;
    let barrier = stopped;
    for (const command of commands) {
      if (command.type === 'cancel_in_flight') this.cancelling = barrier = true;
      else if (command.type === 'acquire') this.acquire(command.scope);
      else if (command.type === 'release') this.release(command);
      else if (command.type === 'tell') this.told(command.channel, command.about);
      else this.issue(command, barrier);
    }
    if (asksAgain && this.held.size > 0) throw new Error('keeps a guard while the plan waits for people');
  }

  private acquire(scope: string): void {
    if (this.asked.length > 0) throw new Error(`asked for ${scope} and for ${this.asked[0]} at the same time`);
    if (this.held.has(scope)) throw new Error(`asked for ${scope} twice`);
    this.asked.push(scope);
  }

  /** At the end everything is given back, once: what is held with its token, and what is still asked for. */
  private release({ releases }: Extract<Command, { type: 'release' }>): void {
    if (!this.ended) return this.yield(releases);
    if (this.guardsReleased) throw new Error('released twice');
    this.guardsReleased = true;
    for (const { scope, token } of releases) {
      if (token !== this.held.get(scope)) throw new Error(`released ${scope} with a wrong token`);
      this.held.delete(scope);
    }
    if (this.held.size > 0) throw new Error('kept a guard');
    this.asked.length = 0;
  }

  /** Before the end only while people are asked again, and nobody acts. */
  private yield(releases: Extract<Command, { type: 'release' }>['releases']): void {
    for (const { scope, token } of releases) {
      if (token === undefined || token !== this.held.get(scope)) throw new Error(`gave back ${scope} that is not held`);
      if (this.pending.some(({ step }) => this.actsUnder(step, scope)))
        throw new Error(`gave back ${scope} that is used`);
      this.held.delete(scope);
    }
  }

  /** Whoever acts holds the guards of its target, and no other step of the run acts under the same. */
  private checkGuards(id: string): void {
    if (this.run.guards === undefined || actions[this.run.byId.get(id.split('/')[0]!)!.action]!.readOnly) return;
    for (const scope of guardsOfStep(this.run, this.state, id)) {
      const token = this.state.steps[id]!.guards?.find((guard) => guard.scope === scope)?.token;
      if (token === undefined || token !== this.held.get(scope)) throw new Error(`${id} acts without ${scope}`);
      const other = this.pending.find((each) => each.type !== 'validate' && this.actsUnder(each.step, scope));
      if (other) throw new Error(`${id} and ${other.step} act under ${scope} at the same time`);
    }
  }

  private actsUnder(id: string | undefined, scope: string): boolean {
    const step = id === undefined ? undefined : this.state.steps[id];
    const acts = step?.status === 'executing' || step?.status === 'verifying';
    return acts && step.guards?.some((guard) => guard.scope === scope) === true;
  }

  private answer(): void {
    const scope = this.asked[0]!;
    if (this.draw(4) === 0) {
      const since = new Date(this.now).toISOString();
      const wait = { holder: 'me', position: 1, since, why: 'held', behind: ['x'], deadline: since };
      return this.feed({ at: this.now, type: 'guard_queued', scope, wait });
    }
    this.asked.length = 0;
    if (this.draw(10) === 0) return this.feed({ at: this.now, type: 'guard_refused', scope, reason: 'no' });
    this.held.set(scope, ++this.tokens);
    // Somebody else may have acted just before: what is concerned is validated once more.
    const actedAt = this.draw(2) === 0 ? { actedAt: this.now } : {};
    this.feed({ at: this.now, type: 'guard_granted', scope, token: this.tokens, ...actedAt });
  }

  private lose(): void {
    const [scope, token] = [...this.held][this.draw(this.held.size)]!;
    this.held.delete(scope);
    this.feed({ at: this.now, type: 'guard_lost', scope, token, reason: 'by hand' });
  }

  private issue(command: Asked, barrier: boolean): void {
    const twice = this.pending.find((other) => other.step === command.step);
    if (twice) throw new Error(`${command.type} of ${command.step ?? 'the plan'} while ${twice.type} is under way`);
    if (command.type === 'execute') {
      // The kill switch came between two attempts: this is the next one, with the before-image of the first.
      const goesOn = this.halfway.delete(command.step);
      if (!goesOn && this.executed.includes(command.step)) throw new Error(`${command.step} executed twice`);
      if (barrier || this.state.conclusion) throw new Error(`${command.step} executed after the stop`);
      this.checkGuards(command.step);
      this.mayExecute(command.step);
      if (!goesOn) this.ledger.check(command.step, this.now, this.state, this.hasBegun(command.step));
      if (this.state.hold) throw new Error(`${command.step} executed while held`);
      if (!goesOn) this.executed.push(command.step);
    }
    if (command.type === 'validate') this.checkForesight(command);
    if (command.type === 'check') {
      const { evidence, checks = [] } = this.state.steps[command.step]!;
      if (!evidence?.verified) throw new Error(`condition of ${command.step} before its own evidence`);
      const seen = checks.map((check) => check.evidence?.verified);
      if (!seen.slice(0, command.index).every(Boolean)) throw new Error(`condition of ${command.step} out of turn`);
      if (checks[command.index]?.validation === undefined)
        throw new Error(`condition of ${command.step} not previewed`);
    }
    if (command.type === 'undo') {
      // To try a step again, only that step is taken back; the others go on.
      const alone = this.state.steps[command.step]!.retrying !== undefined;
      if (this.pending.length > 0 && !alone) throw new Error('undo while something is under way');
      const { temporary } = this.run.byId.get(command.step.split('/')[0]!)!;
      const age = this.now - this.verifiedAt.get(command.step)!;
      if (this.state.conclusion && typeof temporary === 'object' && age < 180_000 && !this.released) {
        throw new Error(`${command.step} taken back after ${age} ms`);
      }
      if (this.undone.includes(command.step)) throw new Error(`${command.step} undone twice`);
      this.undone.push(command.step);
      if (this.state.conclusion) this.early.add(command.step);
    }
    this.pending.push(command);
  }

  /** A preview is built upon those of all earlier steps on the object, which are there, and only while the plan is prepared. */
  private checkForesight({ step, upon }: Extract<Command, { type: 'validate' }>): void {
    const { knownAfter, after } = this.state.steps[step]!;
    if (this.state.phase !== 'preparing') {
      if (upon) throw new Error(`${step} is previewed upon earlier steps in its own turn`);
    } else if (JSON.stringify(upon) !== JSON.stringify(after)) {
      throw new Error(`${step} is previewed upon ${String(upon)}, but stands after ${String(after)}`);
    }
    if (upon && knownAfter.length > 0) throw new Error(`${step} is both foreseen and known only later`);
    const blind = upon?.find((earlier) => this.state.steps[earlier]!.validation === undefined);
    if (blind) throw new Error(`${step} is previewed upon ${blind}, which has not been`);
  }

  /** Another step that changes something has begun before this one. */
  private hasBegun(id: string): boolean {
    const changes = (other: string) => !actions[this.run.byId.get(other.split('/')[0]!)!.action]!.readOnly;
    const begun = (other: string) => this.executed.includes(other) || this.state.steps[other]!.attempt !== undefined;
    return (
      this.state.order.some((other) => other !== id && changes(other) && begun(other)) ||
      this.state.steps[id]!.attempt !== undefined
    );
  }

  /** Policies are obeyed: nothing is executed that they deny, or that nobody has approved. */
  private mayExecute(step: string): void {
    if (!this.run.policy) return;
    const verdict = this.decided.get(step);
    if (verdict !== 'allow' && verdict !== 'approval')
      throw new Error(`${step} executed although ${verdict ?? 'undecided'}`);
    if (verdict === 'approval' && this.state.steps[step]!.approved === undefined)
      throw new Error(`${step} executed without the approval that policies ask for`);
  }

  /** One thing happens: a command ends, or somebody or something comes in between. */
  tick(): void {
    this.now += [0, 1, 1000, 61_000][this.draw(4)]!;
    if (this.asked.length > 0 && this.draw(4) !== 0) return this.answer();
    if (this.held.size > 0 && this.draw(60) === 0) return this.lose();
    if (this.pending.length > 0 && this.draw(8) !== 0) return this.complete();
    const { keepUntil } = this.state;
    if (keepUntil !== undefined && this.draw(3) !== 0) {
      this.now = Math.max(this.now, keepUntil);
      return this.feed({ at: this.now, type: 'kept' });
    }
    if (this.state.hold?.kind === 'stopped' && this.draw(2) === 0)
      return this.feed({ at: this.now, type: 'stop_released', id: this.draw(6) === 0 ? 'stop/other' : 'stop/global' });
    if (this.run.sub && this.draw(this.state.phase === 'standing' ? 2 : 12) === 0) return this.hearFromOuter();
    const waiting = this.state.approvals[this.draw(Math.max(1, this.state.approvals.length))];
    if (this.state.hold && this.draw(2) === 0)
      return this.feed({ at: this.now, type: 'resume', by: 'ann', handBack: this.draw(2) === 0 });
    if (this.draw(6) === 0) return this.changeMind(waiting);
    switch (this.draw(waiting ? 13 : 19)) {
      case 0:
        return this.feed({ at: this.now, type: 'cancel' });
      case 1:
        return this.feed({
          ...{ at: this.now, type: 'abort', by: 'ann' },
          undo: this.draw(2) === 0,
          unlessBegun: this.draw(3) === 0,
        });
      case 2:
        return this.feed({ at: this.now, type: 'timeout' });
      case 3:
        return this.feed({ at: this.now, type: 'approval_expired', key: waiting ? key(waiting.subject) : 'plan' });
      case 4:
        return this.feed({ at: this.now, type: 'reject', by: 'bob', ...stepOf(waiting?.subject) });
      case 5:
        return this.feed({ at: this.now, type: 'pause', by: 'ann', takeOver: this.draw(2) === 0 });
      case 6:
        return this.feed({ at: this.now, type: 'skip', by: 'ann', step: this.anyStep(waiting?.subject) });
      case 7:
      case 8:
      case 9:
        return this.retry(this.anyStep(waiting?.subject));
      default: {
        const digest = this.draw(5) === 0 ? 'sha256:0000000000000000' : (waiting?.digest ?? 'sha256:1111111111111111');
        return this.feed({
          at: this.now,
          type: 'approve',
          by: ['bob', 'ann'][this.draw(2)]!,
          digest,
          ...stepOf(waiting?.subject),
          ...(this.draw(4) === 0 && { also: this.others(waiting) }),
          ...(this.draw(2) === 0 && {
            signature: { key: 'k', jti: `${this.events.length}`, groups: this.someGroups() },
          }),
        });
      }
    }
  }

  private someGroups(): string[] {
    return ['sre', 'leads'].filter(() => this.draw(3) !== 0);
  }

  /** Other approvals that wait, now and then with a digest that is not theirs. */
  private others(waiting: RunState['approvals'][number] | undefined): { digest: string; step?: string }[] {
    const others = this.state.approvals.filter((one) => one !== waiting);
    return others.map(({ digest, subject }) => ({
      digest: this.draw(5) === 0 ? 'sha256:0000000000000000' : digest,
      ...stepOf(subject),
    }));
  }

  /** People take approvals back or want other params; approvals lapse, and go to the next people. */
  private changeMind(waiting: RunState['approvals'][number] | undefined): void {
    const { at, by } = { at: this.now, by: ['bob', 'ann'][this.draw(2)]! };
    const one = this.state.granted?.[this.draw(this.state.granted.length)];
    switch (this.draw(4)) {
      case 0: {
        const subject = this.draw(3) === 0 ? waiting?.subject : one?.subject;
        return this.feed({ at, type: 'revoke', by, ...stepOf(subject) });
      }
      case 1: {
        if (one?.until === undefined) return;
        // The timer comes at its time; what waits in the queue of events meanwhile comes before it.
        if (this.draw(2) === 0) this.now = Math.max(at, Date.parse(one.until));
        return this.feed({ at: this.now, type: 'approval_lapsed', key: key(one.subject), until: one.until });
      }
      case 2: {
        const changes = Array.from({ length: 1 + this.draw(2) }, () => ({
          step: this.anyStep(waiting?.subject),
          params: { more: this.draw(3) },
        }));
        return this.feed({ at, type: 'override', by, changes });
      }
      default: {
        if (waiting === undefined) return;
        const about = { key: key(waiting.subject), since: waiting.since };
        return this.feed({ at, type: 'approval_escalated', ...about, stage: this.draw(2) });
      }
    }
  }

  /** Whether a channel could be told makes no difference; it is heard of at once here. */
  private told(channel: string, about: string): void {
    const problem = { code: 'UNAVAILABLE', message: 'no' };
    const told: RunEvent = { at: this.now, type: 'told', channel, about, ...(this.draw(2) === 0 && { problem }) };
    this.state = decide(this.run, this.state, told).state;
  }

  /** The run around this sub-plan lets it stand, or stops. */
  private hearFromOuter(): void {
    if (this.draw(2) === 0) return this.feed({ at: this.now, type: 'let_stand' });
    if (this.state.conclusion) this.released = true;
    this.feed({ at: this.now, type: 'outer_stops', reason: 'the plan around it stops', undo: this.draw(3) !== 0 });
  }

  private anyStep(subject: RunState['approvals'][number]['subject'] | undefined): string {
    if (subject !== undefined && 'step' in subject && this.draw(4) !== 0) return subject.step;
    return this.state.order[this.draw(this.state.order.length)]!;
  }

  private retry(step: string): void {
    this.feed({ at: this.now, type: 'retry', by: 'ann', step, ...(this.draw(2) === 0 && { params: { more: 1 } }) });
  }

  /** A step that is tried again begins a new life: it may execute once more, and its undo is another one. */
  private forget(before: RunState): void {
    for (const [id, { attempt }] of Object.entries(this.state.steps)) {
      if (attempt === before.steps[id]?.attempt) continue;
      for (const list of [this.executed, this.undone, this.completed]) {
        if (list.includes(id)) list.splice(list.indexOf(id), 1);
      }
      if (this.effects.delete(id) || this.irreversible.delete(id)) this.earlier.add(id);
    }
  }

  private complete(): void {
    const [command] = this.pending.splice(this.draw(this.pending.length), 1);
    if (command === undefined) return;
    const failing = this.draw(this.cancelling && command.type !== 'undo' ? 2 : 6) === 0;
    if (command.type === 'check') return this.check(command.step, command.index, failing);
    if (command.type === 'evaluate_policy') return this.decide(command.step, failing);
    this[command.type](command.step, failing);
  }

  private fail(step: string): void {
    const code = this.cancelling ? 'CANCELLED' : 'UNAVAILABLE';
    this.feed({ at: this.now, type: 'failed', step, problem: { code, message: 'no' } });
  }

  private decide(step: string | undefined, failing: boolean): void {
    const only = step === undefined ? {} : { step };
    if (failing) {
      const problem = { code: this.cancelling ? 'CANCELLED' : 'INTERNAL', message: 'no' };
      return this.feed({ at: this.now, type: 'policy_failed', problem, ...only });
    }
    const ids = step === undefined ? this.state.order : [step];
    const steps: PolicyDecision['steps'] = {};
    for (const id of ids) {
      const verdict =
        this.draw(3) === 0 ? 'approval' : this.draw(12) === 0 ? (['deny', 'observe'] as const)[this.draw(2)]! : 'allow';
      steps[id] = { verdict, ...(verdict === 'approval' && { approval: { quorum: 1 + this.draw(2) } }) };
    }
    const verdict = strictest(Object.values(steps).map((each) => each.verdict));
    for (const id of ids) {
      const approved = step === undefined && verdict === 'approval' ? 'approval' : steps[id]!.verdict;
      this.decided.set(id, step === undefined ? approved : steps[id]!.verdict);
    }
    const decision: PolicyDecision = {
      ...{ verdict, mode: 'auto', version: 'sha256:0', rules: [], steps, noSelfApproval: this.draw(2) === 0 },
      ...(verdict === 'approval' && { approval: {} }),
    };
    this.feed({ at: this.now, type: 'policy_decided', decision, ...only });
  }

  private validate(step: string, failing: boolean): void {
    if (failing && this.draw(3) === 0) return this.fail(step);
    const diff = [{ path: '/spec/replicas', before: 1, after: this.draw(4) === 0 ? 3 : 2 }];
    const noEffect = this.draw(6) === 0;
    const approval = this.draw(8) === 0 ? { approval: 'for good' } : {};
    const blind = this.state.steps[step]!.after !== undefined && this.draw(6) === 0;
    const unforeseen = blind ? { unforeseen: true as const } : {};
    const validation = { before: {}, diff, warnings: [], summary: step, noEffect, ...approval, ...unforeseen };
    const wished = this.run.byId.get(step.split('/')[0]!)!.verify.checks;
    // Some conditions can be previewed only when the step's turn has come.
    const early = this.state.phase === 'preparing' && this.draw(2) === 0;
    const checks = wished?.map(() => (early ? {} : { validation: { ...validation, diff: [], noEffect: false } }));
    this.feed({ at: this.now, type: 'validated', step, validation, ...(checks && { checks }) });
  }

  private execute(step: string, failing: boolean): void {
    if (this.draw(8) === 0) return this.stopStep(step, this.draw(2) === 0);
    const before = this.completed.indexOf(step);
    if (before >= 0) this.completed.splice(before, 1);
    // One of the two attempts does what was previewed: the first, or else this one.
    const owes = before >= 0 && !this.effects.has(step) && !failing;
    const acts = owes || this.draw(failing ? 2 : 6) !== 0;
    if (acts) this.effects.add(step);
    this.completed.push(step);
    const irreversible = acts && this.draw(3) === 0 ? [`${step} evicted`] : undefined;
    if (irreversible) this.irreversible.add(step);
    if (failing) return this.fail(step);
    const effect = { changed: acts, summary: step, data: {}, ...(irreversible && { irreversible }) };
    this.feed({ at: this.now, type: 'executed', step, effect });
  }

  /** The kill switch is engaged: before anything was done, or after an attempt that may have acted. */
  private stopStep(step: string, halfway: boolean): void {
    const code = halfway ? 'STOPPED_HALFWAY' : 'STOPPED';
    const order = { id: 'stop/global', by: 'ann', reason: 'storm', since: '2026-01-01T00:00:00Z' };
    if (halfway || this.completed.includes(step)) {
      if (this.draw(2) === 0) this.effects.add(step);
      const before = this.completed.indexOf(step);
      if (before >= 0) this.completed.splice(before, 1);
      this.completed.push(step);
      this.halfway.add(step);
    } else {
      this.executed.splice(this.executed.indexOf(step), 1);
    }
    const problem = { code, message: 'no', order };
    this.feed({ at: this.now, type: 'failed', step, problem });
  }

  private verify(step: string, failing: boolean): void {
    if (failing && this.draw(2) === 0) return this.fail(step);
    this.feed({ at: this.now, type: 'verified', step, evidence: { verified: !failing, summary: step, data: {} } });
  }

  private check(step: string, index: number, failing: boolean): void {
    if (failing && this.draw(2) === 0) return this.fail(step);
    const evidence = { verified: !failing, summary: `${step} ${index}`, data: {} };
    this.feed({ at: this.now, type: 'checked', step, index, evidence });
  }

  private undo(step: string, failing: boolean): void {
    if (failing)
      return this.feed({ at: this.now, type: 'undo_failed', step, problem: { code: 'UNDO_CONFLICT', message: 'no' } });
    const changed = this.effects.delete(step);
    const irreversible = this.irreversible.has(step) ? [`${step} evicted`] : undefined;
    const effect = { changed, summary: step, data: {}, ...(irreversible && { irreversible }) };
    this.feed({ at: this.now, type: 'undone', step, effect });
  }
}

function key(subject: RunState['approvals'][number]['subject']): string {
  return 'step' in subject ? `${subject.kind}:${subject.step}` : subject.kind;
}

function stepOf(subject: RunState['approvals'][number]['subject'] | undefined): { step?: string } {
  return subject !== undefined && 'step' in subject ? { step: subject.step } : {};
}
