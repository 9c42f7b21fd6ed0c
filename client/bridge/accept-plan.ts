import { checkPlan, parsePlan, type PlanResult } from '../../plan/parse';
import { HttpProblem } from './problem';

export type AcceptedPlan = Pick<Extract<PlanResult, { ok: true }>, 'plan' | 'warnings'>;

/**
 * A plan from outside: as text (YAML or JSON) or as an object.
 *
 * @throws HttpProblem 422 `PLAN_INVALID` with every problem of it; 400 when there is none at all
 */
export function acceptPlan(body: unknown, options: Parameters<typeof checkPlan>[1]): AcceptedPlan {
  if (body === undefined || body === null) throw new HttpProblem(400, 'BODY_MISSING', 'The body is empty.');
  const result = typeof body === 'string' ? parsePlan(body, options) : checkPlan(body, options);
  if (result.ok) return result;
  const count = result.problems.length === 1 ? 'one problem' : `${result.problems.length} problems`;
  throw new HttpProblem(422, 'PLAN_INVALID', `The plan has ${count}; nothing was started.`, {
    errors: result.problems,
    remedy: 'Correct the plan; `kubernaut plan validate` shows the same.',
  });
}
