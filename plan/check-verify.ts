import type { ActionCatalog, ParamsProblem } from './action-catalog';
import { isOpen, keysOf, templatedPaths } from './check-actions';
import { durationOf } from './check-rules';
import { formatDuration } from './duration';
import type { VerifyCheck } from './model';
import { ProblemCode, type DocumentPath, type Finding } from './problem';
import { verifyCheck } from './schema-parts';
import { asObject, checksOf, type CheckSketch, type PlanSketch, type StepSketch } from './sketch';
import { callOfCheck, CheckAction, isAlertCheck } from './verify-checks';

/** What goes together in the conditions of `verify`, and, with a catalogue, what their actions say about them. */
export function checkVerify({ steps }: PlanSketch, catalog?: ActionCatalog): Finding[] {
  return steps.flatMap((step) => [
    ...checksOf(step).flatMap((check) => {
      const found = checkForm(check);
      return found.length > 0 || catalog === undefined ? found : checkCall(check, catalog);
    }),
    ...checkTime(step),
  ]);
}

function checkForm({ at, raw, listed }: CheckSketch): Finding[] {
  const { query, alertResolved, above, below, ...rest } = raw;
  if (query !== undefined && alertResolved !== undefined) {
    return [invalid(at, 'holds two conditions', 'Make them two items of the list.')];
  }
  if (alertResolved !== undefined) {
    const { alertname, matchers } = asObject(alertResolved);
    const stray = Object.keys(raw).filter((key) => key !== 'alertResolved' && key in verifyCheck.shape);
    return [
      ...stray.map((key) => strayKey(at, key)),
      ...(alertname === undefined && matchers === undefined && alertResolved === asObject(alertResolved)
        ? [invalid([...at, 'alertResolved'], 'names no alert', 'Add alertname, matchers, or both.')]
        : []),
    ];
  }
  if (query === undefined) {
    const stray = Object.keys({ above, below, ...rest }).filter((key) => raw[key] !== undefined);
    const known = stray.filter((key) => key in verifyCheck.shape);
    if (listed && stray.length === 0) {
      return [invalid(at, 'holds no condition', 'Add a query with above or below, or an alertResolved.')];
    }
    return known.map((key) => strayKey(at, key));
  }
  if (above !== undefined && below !== undefined) {
    const remedy = 'Keep one. A range is two conditions: write checks with one query each.';
    return [invalid([...at, 'below'], 'a query has one bound, and above and below are both given', remedy)];
  }
  if (above === undefined && below === undefined) {
    return [invalid([...at, 'query'], 'the query has no bound', 'Add above or below with a number.')];
  }
  return [];
}

/** Asks the action that will look at the condition. Forms that the schema refuses are not asked about. */
function checkCall({ at, raw }: CheckSketch, catalog: ActionCatalog): Finding[] {
  const sound = verifyCheck.safeParse(raw);
  if (!sound.success || Object.keys(raw).length === 0) return [];
  const check = sound.data as VerifyCheck;
  const { action, params } = callOfCheck(check);
  if (!catalog.has(action)) {
    const remedy = `Conditions need the action ${action} of the executor monitoring; register it, or remove the condition.`;
    return [{ at, code: ProblemCode.unknownAction, message: `there is no action ${action}`, remedy }];
  }
  const templated = templatedPaths(params, '');
  return (catalog.checkParams?.(action, params) ?? [])
    .filter(({ path }) => !isOpen(path, templated))
    .map((problem) => ({
      at: [...at, ...placeOf(problem, check)],
      code: ProblemCode.paramsInvalid,
      message: `${action}: ${problem.message}`,
      remedy: `\`kubernaut actions ${action}\` shows what it takes.`,
    }));
}

/** Where in the condition the param stands that has the problem. */
function placeOf({ path }: ParamsProblem, check: VerifyCheck): DocumentPath {
  const { action, params } = callOfCheck(check);
  const keys = keysOf(path, params);
  if (action !== CheckAction.alert || !isAlertCheck(check)) return keys;
  const own = check.alertResolved.matchers?.length ?? 0;
  if (keys[0] === 'matchers' && (own === 0 || keys[1] === own)) return ['alertResolved', 'alertname'];
  return ['alertResolved', ...keys];
}

/** Conditions are looked at one after the other, within the time of the step. */
function checkTime(step: StepSketch): Finding[] {
  const checks = checksOf(step);
  const lasting = checks.map(({ raw }) =>
    durationOf((raw.query === undefined ? asObject(raw.alertResolved) : raw).for),
  );
  const sum = lasting.reduce<number>((total, ms) => total + (ms ?? 0), 0);
  const verify = asObject(step.raw.verify);
  const limits = [durationOf(step.raw.timeout ?? '10m'), durationOf(verify.timeout)];
  const limit = Math.min(...limits.map((ms) => ms ?? Infinity));
  if (sum === 0 || sum < limit) return [];
  const most = checks[lasting.indexOf(Math.max(...lasting.map((ms) => ms ?? 0)))]!;
  const at = [...most.at, ...(most.raw.query === undefined ? ['alertResolved'] : []), 'for'];
  const message = `the conditions must hold for ${formatDuration(sum)} in all, but the step ends after ${formatDuration(limit)}`;
  return [invalid(at, message, 'Raise the step’s timeout (and verify.timeout, when given), or shorten it.')];
}

function strayKey(at: DocumentPath, key: string): Finding {
  const remedy = 'Add the query, or write it into alertResolved when it is about the alert.';
  return invalid([...at, key], `${key} belongs to a query, and there is none`, remedy);
}

function invalid(at: DocumentPath, message: string, remedy: string): Finding {
  return { at, code: ProblemCode.invalidValue, message, remedy };
}
