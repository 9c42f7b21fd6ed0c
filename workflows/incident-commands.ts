import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  startChild,
  workflowInfo,
  ActivityFailure,
  ChildWorkflowFailure,
  ApplicationFailure,
  CancelledFailure,
} from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';
import { TypedSearchAttributes, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { defaultIncidentSettings } from '../plan/incident';
import { severityOfIncident, titleOf } from '../plan/incident/fold-alert';
import type { IncidentCommand, IncidentEvent, IncidentState, Reading } from '../plan/incident/state';
import { untrustedLine } from '../plan/investigation/untrusted-text';
import { Outcome, type RemediationResult } from '../plan/outcome';
import { searchAttributeKeys as keys } from '../plan/search-attributes';
import { Steering, WorkflowType, RunPhase } from '../plan/steering';
import { MAIN_TASK_QUEUE } from '../plan/task-queues';
import { problemOfActivity } from './failures';
import * as calls from './incident-calls';
import { priorityOf } from './incident-calls';

/** An event without its time. */
export type IncidentHappening = IncidentEvent extends infer E
  ? E extends IncidentEvent
    ? Omit<E, 'at'>
    : never
  : never;
type Of<T extends IncidentCommand['type']> = Extract<IncidentCommand, { type: T }>;

/** Numbers tried for a remediation's id; others may have started remediations of this incident by hand. */
const NUMBERS = 50;

/** Carries out the core's commands; each but the signals is answered by one event. */
export class IncidentCommands {
  /** Commands under way that a run must await before it continues as new; a remediation is found again. */
  inFlight = 0;
  private asking = new CancellationScope();
  private watching = new CancellationScope();

  constructor(
    private readonly current: () => IncidentState,
    private readonly report: (happening: IncidentHappening) => void,
  ) {}

  start(command: IncidentCommand, state: IncidentState): void {
    switch (command.type) {
      case 'cancel_investigation':
        return this.asking.cancel();
      case 'cancel_watch':
        return this.watching.cancel();
      case 'withdraw':
        return this.tell(command.id, { by: state.id, reason: command.reason, unlessBegun: true });
      case 'abort_remediation':
        return this.tell(command.id, command.request);
      case 'remediate':
        return void this.remediate(command, state);
      case 'await_remediation':
        return void this.await(() => calls.awaitRemediation(command.id));
      case 'open':
        return this.answer(this.open());
      case 'match_playbooks':
        return this.answer(this.match(command));
      case 'forward':
        return this.answer(this.forward(command));
      case 'investigate':
      case 'follow_up':
        this.asking = new CancellationScope();
        return this.answer(this.ask(command, state));
      case 'read_pushed':
        return this.answer(this.read(command));
      case 'watch_alerts':
        return this.answer(this.watchAlerts(command, state));
      case 'notify':
        return this.answer(this.notify(command));
      case 'watch_health':
        // Always the first of the two.
        this.watching = new CancellationScope();
        return this.answer(this.watchHealth(command, state));
    }
  }

  private answer(done: Promise<IncidentHappening>): void {
    this.inFlight++;
    void done.then((happening) => {
      this.inFlight--;
      this.report(happening);
    });
  }

  /** What cannot be read narrows what is known; the incident goes on. */
  private async open(): Promise<IncidentHappening> {
    const settings = await calls.readSettings().catch(() => defaultIncidentSettings);
    // Only now: the first alert comes right after the start.
    const { id, owner, ownerResolved, alerts } = this.current();
    const pods = [...new Set(alerts.flatMap(({ labels }) => labels['pod'] ?? []))].slice(0, 5);
    const { runId } = workflowInfo();
    const [past, found] = await Promise.allSettled([
      calls.readPast({ incident: id, owner, runId }),
      calls.readOwner({ incident: id, owner, pods: ownerResolved ? [] : pods }),
    ]);
    const unread = (reason: unknown) => ({
      owner,
      objects: [],
      notes: [`the cluster was not asked: ${problemOfActivity(reason, 'incident.owner').message}`],
    });
    return {
      type: 'opened',
      settings,
      ...(past.status === 'fulfilled' ? past.value : { past: [], nextNumber: 1 }),
      found: found.status === 'fulfilled' ? found.value : unread(found.reason),
    };
  }

  private async forward({ arrivals, ...input }: Of<'forward'>): Promise<IncidentHappening> {
    try {
      await calls.forward({
        owner: input.owner,
        alerts: input.alerts,
        questions: input.questions,
        pushed: input.pushed,
      });
      return { type: 'forwarded', arrivals };
    } catch (error) {
      return { type: 'forward_failed', problem: problemOfActivity(error, 'incident.forward') };
    }
  }

  /** Without an answer there are none: HolmesGPT is asked. */
  private async match(command: Of<'match_playbooks'>): Promise<IncidentHappening> {
    const { alerts, owner, objects, changed } = command;
    const playbooks = await calls.matchPlaybooks({ alerts, owner, objects, changed }).catch(() => []);
    return { type: 'matched', playbooks };
  }

  private async ask({ input }: Of<'investigate' | 'follow_up'>, state: IncidentState): Promise<IncidentHappening> {
    try {
      const investigation = await this.asking.run(() => calls.ask(input, severityOfIncident(state)));
      return { type: 'investigated', investigation };
    } catch (error) {
      return { type: 'investigation_failed', problem: problemOfActivity(error, 'holmesgpt') };
    }
  }

  private async read({ pushed, input }: Of<'read_pushed'>): Promise<IncidentHappening> {
    try {
      return { type: 'investigated', investigation: await calls.readRecommendations({ pushed, input }) };
    } catch (error) {
      return { type: 'investigation_failed', problem: problemOfActivity(error, 'recommendations') };
    }
  }

  private async notify({ notice }: Of<'notify'>): Promise<IncidentHappening> {
    try {
      return { type: 'notified', ...(await calls.notify(notice)) };
    } catch (error) {
      const { code, message } = problemOfActivity(error, 'incident.notify');
      return { type: 'notified', told: false, summary: `${code}: ${message}` };
    }
  }

  private async watchAlerts(command: Of<'watch_alerts'>, state: IncidentState): Promise<IncidentHappening> {
    const reading = await this.watch(() => calls.watchAlerts(state, command.alerts, command));
    return { type: 'watched', what: 'alert', reading };
  }

  private async watchHealth(
    { soakMs, withinMs }: Of<'watch_health'>,
    state: IncidentState,
  ): Promise<IncidentHappening> {
    const { id, owner } = state;
    const reading = await this.watch(() => calls.watchHealth({ incident: id, owner, soakMs }, withinMs));
    return { type: 'watched', what: 'health', reading };
  }

  /** Only what was read counts: a server that is not configured, or away, says nothing. */
  private async watch(look: () => Promise<Reading>): Promise<Reading> {
    try {
      return await this.watching.run(look);
    } catch (error) {
      const { code, message } = problemOfActivity(error, 'watch');
      const inVain =
        code === 'DEADLINE_EXCEEDED' && error instanceof ActivityFailure && error.cause instanceof ApplicationFailure;
      return { is: inVain ? 'bad' : 'unknown', detail: code === 'CANCELLED' ? '' : message.slice(0, 300) };
    }
  }

  /** Whether it can still be told: a remediation that has ended needs to hear nothing. */
  private tell(id: string, request: object): void {
    void getExternalWorkflowHandle(id)
      .signal(Steering.abort, request)
      .catch(() => undefined);
  }

  private async remediate(command: Of<'remediate'>, state: IncidentState): Promise<void> {
    this.inFlight++;
    try {
      const { child, id, number } = await startRemediation(command, state);
      this.inFlight--;
      this.report({ type: 'remediation_started', id, number });
      await this.await(() => child.result() as Promise<RemediationResult>);
    } catch (error) {
      this.inFlight--;
      const reason = `it could not be started: ${error instanceof Error ? error.message : 'unknown'}`.slice(0, 300);
      this.report({ type: 'remediation_ended', result: without(Outcome.blocked, reason) });
    }
  }

  private async await(result: () => Promise<RemediationResult>): Promise<void> {
    const ended = await result().catch((error: unknown) => resultOf(error));
    this.report({ type: 'remediation_ended', result: ended });
  }
}

/**
 * A child, so that it is seen in the Web UI, but one that lives on when the incident is terminated: what has begun is brought
 * to its end by the remediation itself. An incident that is aborted tells it so, and awaits its undo.
 */
async function startRemediation({ document, number, summary }: Of<'remediate'>, state: IncidentState) {
  const prefix = `remediation/${state.id.replace(/^incident\//, '')}/`;
  const priority = priorityOf(severityOfIncident(state));
  const attributes: SearchAttributePair[] = [
    { key: keys.state, value: RunPhase.preparing },
    { key: keys.alert, value: untrustedLine(titleOf(state), 250) },
    { key: keys.cluster, value: state.owner.cluster },
  ];
  for (let free = number; free < number + NUMBERS; free++) {
    const id = `${prefix}${free}`;
    try {
      const child = await startChild(WorkflowType.remediation, {
        workflowId: id,
        taskQueue: MAIN_TASK_QUEUE,
        args: [{ plan: document }],
        parentClosePolicy: 'ABANDON',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        typedSearchAttributes: new TypedSearchAttributes(attributes),
        staticSummary: untrustedLine(summary, 390),
        ...(priority && { priority }),
      });
      return { child, id, number: free };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
  throw ApplicationFailure.nonRetryable(`no free id under ${prefix}`, 'INTERNAL');
}

/** Every end of a remediation is an answer, also one that came from outside. */
function resultOf(error: unknown): RemediationResult {
  const cause = error instanceof ChildWorkflowFailure || error instanceof ActivityFailure ? error.cause : error;
  const details =
    cause instanceof ApplicationFailure || cause instanceof CancelledFailure ? cause.details?.[0] : undefined;
  if (details !== undefined && typeof details === 'object') return details as RemediationResult;
  if (isCancellation(error)) return without(Outcome.aborted, 'cancelled');
  const what = cause instanceof Error ? cause.message || cause.name : 'unknown';
  return without(
    Outcome.rollbackFailed,
    `it was ended from outside, and what it did is not known: ${what}`.slice(0, 300),
  );
}

function without(outcome: Outcome, reason: string): RemediationResult {
  return { outcome, reason, dryRun: false, steps: [], undone: [], left: [], problems: [] };
}
