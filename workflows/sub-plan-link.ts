import { defineSignal, getExternalWorkflowHandle, setHandler, workflowInfo } from '@temporalio/workflow';
import type { RunContext, RunState } from '../plan/core/state';
import { standsOf } from '../plan/core/sub-preview';
import { RunPhase } from '../plan/steering';
import { SubPlanSignal, type StopWord } from '../plan/sub-plan';
import type { Happening } from './commands';

/** A sub-plan's side of its link with the run around it: tells that it has had its effect, and hears what becomes of it. */
export class SubPlanLink {
  /** Messages on their way out. */
  passing = 0;
  private told = false;

  constructor(private readonly report: (happening: Happening) => void) {
    setHandler(defineSignal<[StopWord]>(SubPlanSignal.stop), ({ reason, undo }) =>
      report({ type: 'outer_stops', reason: String(reason), undo: undo !== false }),
    );
    setHandler(defineSignal(SubPlanSignal.letStand), () => report({ type: 'let_stand' }));
  }

  follow(run: RunContext, state: RunState): void {
    // Told again by a run that has continued as new meanwhile: it does no harm.
    if (state.phase !== RunPhase.standing || this.told) return;
    this.told = true;
    const { workflowId, parent } = workflowInfo();
    if (parent === undefined) return this.report({ type: 'let_stand' });
    this.passing++;
    void getExternalWorkflowHandle(parent.workflowId)
      .signal(SubPlanSignal.stands, standsOf(run, state, workflowId))
      .then(
        () => void this.passing--,
        () => {
          this.passing--;
          // Nobody is there any more who could want it undone.
          this.report({ type: 'let_stand' });
        },
      );
  }
}
