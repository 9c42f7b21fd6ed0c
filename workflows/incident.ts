import {
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  makeContinueAsNewFunc,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { decideIncident } from '../plan/incident/decide';
import { titleOf } from '../plan/incident/fold-alert';
import { initialIncident } from '../plan/incident/initial';
import { IncidentQuery, IncidentSignal } from '../plan/incident/names';
import type { IncidentCommand, IncidentState } from '../plan/incident/state';
import {
  IncidentOutcome,
  IncidentPhase,
  type IncidentInput,
  type IncidentResult,
  type IncidentStatus,
} from '../plan/incident/types';
import { incidentStatus } from '../plan/incident/view';
import { untrustedLine } from '../plan/investigation/untrusted-text';
import { searchAttributeKeys as keys } from '../plan/search-attributes';
import type { AuditFact } from '../plan/steering';
import { Alarm } from './alarm';
import { RunMeasures } from './run-measures';
import { IncidentCommands, type IncidentHappening } from './incident-commands';
import { readSignal } from './incident-form';
import { incidentMarkdown } from './incident-presentation';

/** Longer keywords are cut by some stores and refused by others. */
const MAX_KEYWORD_BYTES = 250;

interface Resume {
  state: IncidentState;
  /** Decided, but not begun. */
  commands: IncidentCommand[];
}

/**
 * Everything that concerns one object, from its first alert to the end. All decisions are the core's
 * (`plan/incident/decide.ts`); this takes its commands to activities, a child workflow and a timer, and signals and answers back.
 *
 * @throws ApplicationFailure with the outcome as its type for `escalated` and `aborted`; details hold the {@link IncidentResult}
 */
export async function incident(input: IncidentInput & { resume?: Resume }): Promise<IncidentResult> {
  const scope = CancellationScope.current();
  // A cancel is an abort: a remediation under way brings back what it did, and that is awaited.
  return CancellationScope.nonCancellable(async () => {
    const run = new IncidentRun(input);
    scope.cancelRequested.catch(() => run.happen({ type: 'abort', request: { by: 'temporal', reason: 'cancelled' } }));
    await condition(() => run.ended || run.mayContinueAsNew);
    if (!run.ended) await makeContinueAsNewFunc<typeof incident>()({ ...input, resume: run.toResume() });
    return run.conclude();
  });
}

class IncidentRun {
  private state: IncidentState;
  private readonly commands = new IncidentCommands(
    () => this.state,
    (happening) => void this.happen(happening),
  );
  private readonly alarm = new Alarm(() => this.happen({ type: 'tick' }));
  private held: IncidentCommand[] = [];
  private shown = '';
  private readonly measures = new RunMeasures();

  constructor({ resume, ...input }: IncidentInput & { resume?: Resume }) {
    this.state = resume?.state ?? initialIncident(workflowInfo().workflowId, input);
    setHandler(defineQuery<IncidentStatus>(IncidentQuery.status), () => incidentStatus(this.state));
    setHandler(defineQuery<AuditFact[]>(IncidentQuery.audit), () => this.state.facts);
    for (const name of Object.values(IncidentSignal)) {
      setHandler(defineSignal<[unknown]>(name), (payload) => void this.happen(readSignal(name, payload)));
    }
    setHandler(
      defineUpdate<string, [unknown]>(IncidentSignal.abort),
      (payload) => {
        const reply = this.happen(readSignal(IncidentSignal.abort, payload)) ?? {
          accepted: false,
          message: 'see its audit',
        };
        if (!reply.accepted) throw ApplicationFailure.nonRetryable(reply.message, 'STEERING_REFUSED');
        return reply.message;
      },
      {
        validator: (payload) => {
          const happening = readSignal(IncidentSignal.abort, payload);
          if (happening.type === 'refused')
            throw ApplicationFailure.nonRetryable(happening.message, 'STEERING_REFUSED');
        },
      },
    );
    if (resume === undefined) this.happen({ type: 'started' });
    else this.resume(resume);
  }

  get ended(): boolean {
    return this.state.phase === IncidentPhase.ended;
  }

  get mayContinueAsNew(): boolean {
    return workflowInfo().continueAsNewSuggested && this.commands.inFlight === 0;
  }

  toResume(): Resume {
    return { state: this.state, commands: this.held };
  }

  /** The list of workflows tells the truth: what needs a person is Failed, with the outcome as the failure's type. */
  conclude(): IncidentResult {
    const { result } = this.state;
    const { outcome, reason } = result!;
    if (outcome !== IncidentOutcome.escalated && outcome !== IncidentOutcome.aborted) return result!;
    throw ApplicationFailure.create({
      type: outcome,
      message: `${outcome}: ${reason}`,
      nonRetryable: true,
      details: [result],
    });
  }

  happen(happening: IncidentHappening): { accepted: boolean; message: string } | undefined {
    const { outcome: before } = this.state;
    const at = Date.now();
    const { state, commands, reply } = decideIncident(this.state, { ...happening, at } as never);
    this.state = state;
    // Now, not when the run ends: after an escalation that is up to an hour later.
    if (before === undefined && state.outcome !== undefined) {
      const seconds = Math.max(0, at - (state.openedAt ?? workflowInfo().startTime.getTime())) / 1000;
      this.measures.send([{ type: 'incident_concluded', outcome: state.outcome, seconds }]);
    }
    this.follow(commands);
    return reply;
  }

  private resume({ state, commands }: Resume): void {
    const { id } = state.remediation ?? {};
    this.follow([...(id === undefined ? [] : [{ type: 'await_remediation' as const, id }]), ...commands]);
  }

  private follow(commands: readonly IncidentCommand[]): void {
    for (const command of commands) {
      // Its answer would come to a run that is gone.
      if (
        workflowInfo().continueAsNewSuggested &&
        command.type !== 'cancel_investigation' &&
        command.type !== 'cancel_watch'
      ) {
        this.held.push(command);
      } else this.commands.start(command, this.state);
    }
    this.alarm.set(this.state.until);
    this.show();
  }

  /** Each update of attributes costs an event: only when something is new. */
  private show(): void {
    const { phase, outcome, owner } = this.state;
    const title = untrustedLine(titleOf(this.state), MAX_KEYWORD_BYTES);
    setCurrentDetails(incidentMarkdown(this.state));
    const now = `${phase}/${outcome ?? ''}/${title}`;
    if (now === this.shown) return;
    const first = this.shown === '';
    this.shown = now;
    const target = [owner.kind, owner.namespace, owner.name].filter(Boolean).join('/');
    upsertSearchAttributes([
      ...(first
        ? ([
            { key: keys.cluster, value: owner.cluster },
            { key: keys.target, value: untrustedLine(target, MAX_KEYWORD_BYTES) },
            ...(owner.namespace ? [{ key: keys.namespace, value: owner.namespace }] : []),
          ] as SearchAttributeUpdatePair[])
        : []),
      { key: keys.alert, value: title },
      { key: keys.state, value: phase },
      { key: keys.outcome, value: outcome ?? null },
    ] as SearchAttributeUpdatePair[]);
  }
}
