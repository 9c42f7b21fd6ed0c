import {
  CancellationScope,
  condition,
  makeContinueAsNewFunc,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { PlanCheck } from '../activities/plan-check';
import { openRequest } from '../plan/core/admit';
import { decide } from '../plan/core/decide';
import { initialState } from '../plan/core/initial';
import { runContext, type Command, type RunContext, type RunState } from '../plan/core/state';
import { subPreviewOf } from '../plan/core/sub-preview';
import { previewOf, statusOf } from '../plan/core/views';
import { durationMs } from '../plan/duration';
import type { GuardSettings } from '../plan/guard/settings';
import { measuresOf } from '../plan/measures-of';
import type { RemediationPlan } from '../plan/model';
import { Outcome, type Problem, type RemediationResult } from '../plan/outcome';
import { RunPhase, type RemediationInput, type RemediationStatus } from '../plan/steering';
import type { ActionMeta } from '../plan/step-io';
import type { SubPlanInput } from '../plan/sub-plan';
import { ApprovalTimers } from './approval-timers';
import { announceEnd } from './announce-end';
import { Channels } from './channels';
import { Commands, type Happening } from './commands';
import { auditQuery, planQuery, previewQuery, statusQuery } from './definitions';
import { KeepTimer } from './keep-timer';
import { GuardLink } from './guard-link';
import { plainText, progressMarkdown } from './presentation';
import { bounded, conclude } from './result';
import { RunAttributes, showEnd } from './run-attributes';
import { RunMeasures } from './run-measures';
import { acceptSteering } from './steering';
import { StopLink } from './stop-link';
import { SubPlanLink } from './sub-plan-link';

/** What one run hands to the next when it continues as new: everything. */
interface Resume {
  plan: RemediationPlan;
  actions: Record<string, ActionMeta>;
  revision?: number;
  state: RunState;
  /** Decided, but not begun. */
  commands: Command[];
  guards?: GuardSettings;
  /** Policies are in force; absent in runs that began before there were any. */
  policy?: boolean;
  /** Only signed decisions count. */
  verifiedOnly?: boolean;
  /** Its end is announced to whoever exports audits. */
  audit?: true;
  /** Workflow time in ms at which the first run began; the plan's timeout counts from there. */
  startedAt: number;
}

/** Beyond this a state could not travel (a payload over 2 MB terminates the run): the run then goes on with a long history. */
const MAX_STATE_CHARS = 1_500_000;

/**
 * Carries out a remediation plan. All decisions are the core's (`plan/core/decide.ts`); this only takes commands to
 * activities and timers, and everything that happens back to the core.
 *
 * @throws ApplicationFailure with the outcome as its type, for every outcome but `succeeded` and `no_effect`; its details
 * hold the {@link RemediationResult}.
 */
export async function remediation(input: RemediationInput & { resume?: Resume }): Promise<RemediationResult> {
  const scope = CancellationScope.current();
  // Everything runs in a scope that cannot be cancelled: a cancel is an event like others, and the undo is the answer.
  return CancellationScope.nonCancellable(async () => {
    // A run that nobody waits for must not stand by for ever.
    const run = new RemediationRun(input.plan, workflowInfo().parent && input.sub);
    scope.cancelRequested.catch(() => run.happen({ type: 'cancel' }));
    if (input.resume) run.resume(input.resume);
    else if (!(await run.check())) {
      await run.announceEnd();
      return conclude(run.blocked(), false);
    } else run.begin();
    await condition(() => run.isDone || run.mayContinueAsNew);
    if (!run.ended)
      await makeContinueAsNewFunc<typeof remediation>()({
        plan: input.plan,
        ...(input.sub && { sub: input.sub }),
        resume: run.toResume(),
      });
    await run.announceEnd();
    return conclude(run.result(), run.wasCancelled);
  });
}

const { 'plan.check': checkPlan } = proxyLocalActivities<{
  'plan.check': (input: { plan: unknown }) => Promise<PlanCheck>;
}>({ startToCloseTimeout: '30s', retry: { maximumAttempts: 5 } });

class RemediationRun {
  private startedAt = workflowInfo().startTime.getTime();
  private refused: RemediationResult | undefined;
  private context: RunContext | undefined;
  private state: RunState | undefined;
  private commands: Commands | undefined;
  private channels: Channels | undefined;
  private timers: ApprovalTimers | undefined;
  private attributes: RunAttributes | undefined;
  private readonly guards = new GuardLink((happening) => this.happen(happening));
  private readonly stops = new StopLink((id) => this.happen({ type: 'stop_released', id }));
  private readonly keeping = new KeepTimer(() => this.happen({ type: 'kept' }));
  private readonly measures = new RunMeasures();
  private readonly steering: { readonly verifying: number };
  /** Commands held back until nothing is under way, so that the run can continue as new. */
  private held: Command[] = [];
  private audit: true | undefined;
  private holding = false;
  private tooLarge = false;
  /** What came before there was a state. */
  private pending: Happening | undefined;

  private readonly link: SubPlanLink | undefined;

  constructor(
    private plan: RemediationPlan,
    private readonly sub?: SubPlanInput,
  ) {
    this.link = sub && new SubPlanLink((happening) => this.happen(happening));
    setHandler(planQuery, () => this.plan);
    setHandler(statusQuery, () => this.status());
    setHandler(previewQuery, () => this.view(previewOf) ?? { steps: [] });
    setHandler(auditQuery, () => this.state?.facts ?? []);
    this.stops.listen();
    this.steering = acceptSteering(
      (event) => this.happen(event) ?? { accepted: false, message: 'the plan is still being checked' },
    );
  }

  get ended(): boolean {
    return this.state?.phase === RunPhase.ended;
  }

  /** Ended, and its guards know it. */
  get isDone(): boolean {
    return this.ended && this.passing === 0;
  }

  get wasCancelled(): boolean {
    return this.state?.stop?.kind === 'cancelled';
  }

  get mayContinueAsNew(): boolean {
    // A decision that is being verified would be lost.
    if (this.steering.verifying > 0) return false;
    return this.holding && this.commands?.inFlight === 0 && this.passing === 0 && this.channels?.telling === 0;
  }

  private get passing(): number {
    return this.guards.passing + (this.commands?.subPlans.passing ?? 0) + (this.link?.passing ?? 0);
  }

  /** false: the plan is not fit to run; `blocked` then tells why. */
  async check(): Promise<boolean> {
    const check = await checkPlan({ plan: this.plan });
    this.audit = check.audit;
    if (!check.ok) {
      this.refuse(check.problems);
      return false;
    }
    this.open(check);
    return true;
  }

  begin(): void {
    this.state = initialState(this.context!);
    this.happen({ type: 'started' });
    this.guards.listen();
    if (this.pending) this.happen(this.pending);
  }

  resume({ plan, actions, revision, guards, policy, verifiedOnly, audit, state, commands, startedAt }: Resume): void {
    this.audit = audit;
    this.startedAt = startedAt;
    this.open({ plan, actions, revision, guards, policy, verifiedOnly });
    this.state = state;
    const asked = openRequest(this.context!, state, Date.now());
    const isHeld = commands.some(({ type }) => type === 'acquire');
    this.follow(asked && !isHeld ? [...commands, asked] : commands);
    this.guards.listen();
  }

  toResume(): Resume {
    const { context, state, held, startedAt } = this;
    const { plan, actions, revision, guards, policy, verifiedOnly } = context!;
    const about = {
      plan,
      actions: { ...actions },
      revision,
      ...(guards && { guards }),
      ...(policy && { policy }),
      ...(verifiedOnly && { verifiedOnly }),
      ...(this.audit && { audit: this.audit }),
    };
    return { ...about, state: state!, commands: held, startedAt };
  }

  /** Hands an event to the core and carries out what it decides. The reply is for whoever sent the event. */
  happen(happening: Happening): { accepted: boolean; message: string } | undefined {
    if (this.context === undefined || this.state === undefined) {
      if (happening.type === 'cancel' || happening.type === 'outer_stops') this.pending ??= happening;
      return undefined;
    }
    const [run, before, event] = [this.context, this.state, { ...happening, at: Date.now() }];
    const { state, commands, reply } = decide(run, before, event);
    this.state = state;
    this.measures.send(measuresOf({ run, event, before, after: state, startedAt: this.startedAt }));
    this.follow(commands);
    return reply;
  }

  result(): RemediationResult {
    const { context, state, sub } = this;
    if (sub?.role !== 'preview' || state!.digest === undefined) return state!.result!;
    return { ...state!.result!, preview: subPreviewOf(context!, state!) };
  }

  /** Before the end itself, since a run cannot say anything after it. Absent from runs of workers that export nothing. */
  async announceEnd(): Promise<void> {
    if (this.audit) await announceEnd();
  }

  /** The result of a plan that was not fit to run. */
  blocked(): RemediationResult {
    return this.refused!;
  }

  private refuse(problems: Problem[]): void {
    const reason = `the plan is not valid: ${problems[0]?.message ?? 'unknown problem'}`;
    this.refused = { outcome: Outcome.blocked, reason, dryRun: false, steps: [], undone: [], left: [], problems };
    this.measures.send([{ type: 'plan_refused', code: problems[0]?.code ?? 'PLAN_INVALID' }]);
    showEnd(Outcome.blocked);
    setCurrentDetails(`**blocked** — ${plainText(reason)}`);
  }

  private open({
    plan,
    actions,
    revision,
    guards,
    policy,
    verifiedOnly,
  }: Omit<Resume, 'state' | 'commands' | 'startedAt'>): void {
    this.plan = plan;
    this.context = runContext(plan, actions, { revision, guards, policy, verifiedOnly, sub: this.sub });
    this.commands = new Commands(this.context, (happening) => this.happen(happening));
    this.channels = new Channels(this.context, (happening) => this.happen(happening));
    this.timers = new ApprovalTimers((happening) => this.happen(happening), this.context);
    this.attributes = new RunAttributes(this.context, this.startedAt);
    const left = this.startedAt + durationMs(plan.spec.timeout) - Date.now();
    void sleep(Math.max(1, left), { summary: `timeout of the plan (${plan.spec.timeout})` }).then(() => {
      this.happen({ type: 'timeout' });
    });
  }

  private follow(commands: Command[]): void {
    const state = this.state!;
    for (const command of commands) {
      if (command.type === 'cancel_in_flight') this.commands!.cancelInFlight(state.stop?.undo !== 'never');
      else if (command.type === 'release') this.guards.release(command);
      else if (command.type === 'tell') this.channels!.tell(command);
      else if (this.shouldHold()) this.held.push(command);
      else if (command.type === 'acquire') this.guards.acquire(command);
      else if (command.type === 'evaluate_policy') this.commands!.evaluate(command.step, state);
      else this.commands!.start(command, state);
    }
    this.timers!.follow(state.approvals, state.granted);
    this.keeping.follow(state.keepUntil);
    this.stops.follow(state.hold, this.context!);
    this.link?.follow(this.context!, state);
    if (this.ended) this.commands!.subPlans.release();
    this.attributes!.follow(state);
    setCurrentDetails(progressMarkdown(this.context!, state));
  }

  private shouldHold(): boolean {
    if (this.commands!.subPlans.any) return this.holding;
    if (this.holding || this.tooLarge || !workflowInfo().continueAsNewSuggested) return this.holding;
    if (JSON.stringify(this.state).length > MAX_STATE_CHARS) this.tooLarge = true;
    else this.holding = true;
    return this.holding;
  }

  private view<T>(render: (run: RunContext, state: RunState) => T): T | undefined {
    return this.context && this.state && render(this.context, this.state);
  }

  private status(): RemediationStatus {
    const result = this.refused ?? this.state?.result;
    const status = this.view(statusOf) ?? this.withoutState();
    return { ...status, ...(result && { result: bounded(result) }) };
  }

  /** Before the plan has been checked, and of a plan that did not pass. */
  private withoutState(): RemediationStatus {
    const nothing = { steps: [], approvals: [], left: [], problems: [] };
    if (this.refused === undefined) return { phase: RunPhase.checking, ...nothing };
    const { outcome, reason, problems } = this.refused;
    return { phase: RunPhase.ended, outcome, reason, ...nothing, problems };
  }
}
