import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { KubernautError } from '../../plan/errors';
import { stopScopeText, stopsOf, stopWorkflowId, stopScopeOf, type StopOrder } from '../../plan/stop/stop-order';
import { systemClock } from '../clock';
import type { Clock } from '../contract';

/** Says whether a step that changes something may begin. */
export interface Brake {
  /**
   * @throws {Stopped} when a kill switch is engaged
   * @throws {KubernautError} `UNAVAILABLE` (retryable) when that cannot be found out
   */
  check(cluster: string, attempt: number): Promise<void>;
}

/** The error of a step that a kill switch did not let begin; `order` travels to the run with it. */
export class Stopped extends KubernautError {
  constructor(
    readonly order: StopOrder,
    attempt: number,
  ) {
    const scope = stopScopeOf(order.id);
    const what = `the kill switch is engaged (${scope ? stopScopeText(scope) : order.id}) by ${order.by}: ${order.reason}`;
    super(
      attempt > 1 ? 'STOPPED_HALFWAY' : 'STOPPED',
      `${what}; ${attempt > 1 ? 'an earlier attempt may have acted' : 'nothing was done'}`,
    );
  }
}

/** An answer this young is not asked for again: many steps that begin together ask once. */
const FRESH_MS = 1_000;
/** With Temporal silent, an answer this old still decides: a switch is then obeyed within 3 s and the time of one call. */
const USABLE_MS = 3_000;
const ASK_TIMEOUT_MS = 5_000;

interface Answer {
  at: number;
  order: StopOrder | undefined;
}

/**
 * Asks Temporal whether a switch of the cluster runs (strongly consistent, by id; no list that lags), right before a step
 * acts, so that an idle worker asks nothing.
 *
 * When Temporal cannot be asked, not knowing is not a yes: the attempt fails as `UNAVAILABLE` and is tried again. Refusing
 * costs nothing that is not lost already (a worker that cannot reach Temporal could not report what it did either), whereas
 * going on would make a network fault the way around the switch.
 */
export class TemporalBrake implements Brake {
  private readonly answers = new Map<string, Answer>();
  private readonly asking = new Map<string, Promise<Answer>>();
  private readonly known = new Map<string, StopOrder>();

  constructor(
    private readonly client: Pick<Client, 'workflow' | 'withDeadline'>,
    private readonly clock: Pick<Clock, 'now'> = systemClock,
  ) {}

  /** What this worker knows by itself, from the cluster's ConfigMap; counts at once, whatever Temporal says. */
  note(cluster: string, order: StopOrder | undefined): void {
    if (order) this.known.set(cluster, order);
    else this.known.delete(cluster);
  }

  async check(cluster: string, attempt: number): Promise<void> {
    const order = this.known.get(cluster) ?? (await this.ask(cluster)).order;
    if (order) throw new Stopped(order, attempt);
  }

  private async ask(cluster: string): Promise<Answer> {
    const last = this.answers.get(cluster);
    // That it is engaged is asked anew each time: whoever is told of the release must not hear the old answer.
    if (last && last.order === undefined && this.clock.now() - last.at < FRESH_MS) return last;
    const asking = this.asking.get(cluster) ?? this.look(cluster);
    this.asking.set(cluster, asking);
    try {
      return await asking;
    } catch (error) {
      if (last && this.clock.now() - last.at < USABLE_MS) return last;
      const text = `whether the kill switch of ${cluster} is engaged cannot be found out: Temporal does not answer`;
      throw new KubernautError('UNAVAILABLE', text, { cause: error, remedy: 'The engine tries again.' });
    } finally {
      if (this.asking.get(cluster) === asking) this.asking.delete(cluster);
    }
  }

  private async look(cluster: string): Promise<Answer> {
    // Of the question, not of the answer: what was engaged meanwhile may be missing in it.
    const at = this.clock.now();
    const orders = await Promise.all(stopsOf(cluster).map((scope) => stopOrderOf(this.client, stopWorkflowId(scope))));
    const answer = { at, order: orders.find((order) => order !== undefined) };
    this.answers.set(cluster, answer);
    return answer;
  }
}

/** The order of a switch that is engaged; undefined: it is not. */
export async function stopOrderOf(
  client: Pick<Client, 'workflow' | 'withDeadline'>,
  id: string,
): Promise<StopOrder | undefined> {
  try {
    const run = await client.withDeadline(Date.now() + ASK_TIMEOUT_MS, () => client.workflow.getHandle(id).describe());
    if (run.status.name !== 'RUNNING') return undefined;
    const { by, reason, since } = run.memo ?? {};
    return {
      id,
      by: typeof by === 'string' ? by : 'unknown',
      reason: typeof reason === 'string' ? reason : 'no reason given',
      since: typeof since === 'string' ? since : run.startTime.toISOString(),
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
