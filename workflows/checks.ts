import { seeableChecks } from '../plan/core/checks';
import { stepSpec } from '../plan/core/draft';
import { renderCheck } from '../plan/core/expressions';
import type { CheckState, RunContext, RunState } from '../plan/core/state';
import { KubernautError } from '../plan/errors';
import { RunPhase } from '../plan/steering';
import type { Evidence } from '../plan/step-io';
import { textOfCheck } from '../plan/verify-checks';
import { problemOfActivity } from './failures';
import type { Phases } from './phases';

/** The conditions of `verify`: previewed with their step, and looked at one by one once it has been verified. */
export class Checks {
  constructor(
    private readonly run: RunContext,
    private readonly phases: Phases,
  ) {}

  /** Previews side by side; ends when all have, so that nothing is left under way when one of them fails. */
  async preview(id: string, state: RunState): Promise<CheckState[]> {
    const { checks = [] } = stepSpec(this.run, id).verify;
    const seen = checks.map((): CheckState => ({}));
    const places = seeableChecks(this.run, id, state.phase === RunPhase.preparing);
    const results = await Promise.allSettled(
      places.map(async (index) => {
        const call = renderCheck(this.run, state, id, index);
        seen[index] = { validation: await this.phases.previewCheck(id, state.steps[id]!, index, call) };
      }),
    );
    const failed = results.findIndex(({ status }) => status === 'rejected');
    if (failed >= 0) throw this.named(id, places[failed]!, (results[failed] as PromiseRejectedResult).reason);
    return seen;
  }

  async look(id: string, state: RunState, index: number): Promise<Evidence> {
    try {
      const call = renderCheck(this.run, state, id, index);
      return await this.phases.check(id, state.steps[id]!, index, call);
    } catch (error) {
      throw this.named(id, index, error);
    }
  }

  /** The same error, telling which of the conditions it is about. */
  private named(id: string, index: number, error: unknown): KubernautError {
    const check = stepSpec(this.run, id).verify.checks![index]!;
    const { code, message, remedy } = problemOfActivity(error, `condition ${index + 1}`);
    const text = `condition ${index + 1} of verify (${textOfCheck(check)}): ${message}`;
    return new KubernautError(code as never, text, remedy === undefined ? {} : { remedy });
  }
}
