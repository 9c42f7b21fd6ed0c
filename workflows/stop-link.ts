import {
  CancellationScope,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { RunContext } from '../plan/core/state';
import type { Hold } from '../plan/steering';
import { STOP_RELEASED, StopSignal } from '../plan/stop/stop-order';

/** How long a run waits before it tries again by itself when the switch that stopped it is not there to register with. */
const TRY_AGAIN = '5s';

/**
 * Registers a stopped run with the kill switch that stopped it, and hears of its release. It follows from the state, so a run
 * that continues as new registers again.
 */
export class StopLink {
  private registered: string | undefined;
  private scope: CancellationScope | undefined;

  constructor(private readonly report: (id: string) => void) {}

  /** Once the run has a state to decide with. */
  listen(): void {
    setHandler(defineSignal<[unknown]>(STOP_RELEASED), (message) => {
      const id = (message as { id?: unknown } | undefined)?.id;
      if (typeof id === 'string') this.report(id);
    });
  }

  follow(hold: Hold | undefined, { revision }: Pick<RunContext, 'revision'>): void {
    const id = hold?.kind === 'stopped' ? hold.stop : undefined;
    const key = id && `${id} ${hold!.since}`;
    if (key === this.registered) return;
    this.scope?.cancel();
    this.scope = undefined;
    this.registered = key;
    if (id !== undefined) this.register(id, revision);
  }

  /** What follows from it must not be cancelled with it; before revision 5 it was. */
  private register(id: string, revision: number): void {
    const scope = new CancellationScope();
    const scopeOfRun = CancellationScope.current();
    this.scope = scope;
    void scope
      .run(async () => {
        try {
          await getExternalWorkflowHandle(id).signal(StopSignal.waiting, workflowInfo().workflowId);
        } catch (error) {
          if (isCancellation(error)) throw error;
          // Released already, or a ConfigMap whose mirror has not been started yet: the next try tells.
          await sleep(TRY_AGAIN, { summary: `the kill switch ${id} is not there: try again` });
          if (revision < 5) this.report(id);
          else await scopeOfRun.run(async () => this.report(id));
        }
      })
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
  }
}
