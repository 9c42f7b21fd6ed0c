import { z } from 'zod';
import type { Json, JsonObject } from '../json';
import { hasTemplate } from '../template';
import { Role, Timing, type InvestigationProblem, type ObjectName, type Recommendation } from './investigation';
import type { OfferedAction } from './offered-action';
import { readConfidence, type ReadOptions } from './read-options';
import { readSuccessCriteria } from './read-criteria';
import { reachOf } from './scope';
import { fromStrictAnswer } from './strict-schema';
import { hasInvisible, untrustedLine, untrustedText, utf8Bytes } from './untrusted-text';

const MAX_PARAMS_BYTES = 4 * 1024;
const word = z.string().min(1).max(253);
const form = z.looseObject({
  action: z.string().min(1).max(63),
  target: z.looseObject({ kind: word, namespace: word.nullish(), name: word }),
});
const KNOWN = ['action', 'target', 'parameters', 'role', 'timing', 'confidence', 'rationale', 'success_criteria'];

export interface RecommendationResult {
  /** Absent: it was left out, and the last problem says why. */
  recommendation?: Recommendation;
  /** `at` is relative to the recommendation. */
  problems: InvestigationProblem[];
}

/** One recommendation of an answer, or why it cannot be one. */
export function readRecommendation(item: Json, index: number, options: ReadOptions): RecommendationResult {
  const problems: InvestigationProblem[] = [];
  const drop = (at: string, message: string): RecommendationResult => ({
    problems: [...problems, { at, message: `${message}; left out` }],
  });
  const { data, error } = form.safeParse(item);
  if (data === undefined) {
    const [issue] = error.issues;
    return drop(issue!.path.map((part) => `.${String(part)}`).join(''), 'has not the form that was asked for');
  }
  const given = item as JsonObject;
  const ignored = Object.keys(given).filter((key) => !KNOWN.includes(key));
  if (ignored.length > 0) problems.push({ at: '', message: `ignored: ${untrustedLine(ignored.join(', '), 200)}` });

  const action = options.actions.get(data.action);
  if (action === undefined) return drop('.action', `${untrustedLine(data.action, 63)} is none of the offered actions`);
  const { kind, namespace, name } = data.target;
  const target: ObjectName = { kind, ...(namespace && { namespace }), name };
  const reach = reachOf(target, options.scope);
  if (typeof reach === 'object') return drop('.target', reach.refused);
  if (!action.targetKinds.includes(kind)) return drop('.target', `${action.meta.name} takes no ${kind}`);
  const params = readParams(given['parameters'], action);
  if ('refused' in params) return drop('.parameters', params.refused);

  const { risk, reversibility, disruption, readOnly } = action.meta;
  const criteria = readSuccessCriteria(given['success_criteria'], options.scope);
  problems.push(...criteria.problems);
  return {
    problems,
    recommendation: {
      index,
      action: action.meta.name,
      target,
      params: params.value,
      ...readRole(given, index, problems),
      confidence: readConfidence(given['confidence'], '.confidence', problems),
      rationale: typeof given['rationale'] === 'string' ? untrustedText(given['rationale'], 1024) : '',
      successCriteria: criteria.criteria,
      reach,
      facts: { risk, reversibility, disruption, readOnly },
    },
  };
}

function readParams(given: Json | undefined, action: OfferedAction): { value: JsonObject } | { refused: string } {
  const value = fromStrictAnswer(action.paramsSchema, given ?? {});
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return { refused: 'is no object' };
  const text = JSON.stringify(value);
  if (utf8Bytes(text) > MAX_PARAMS_BYTES) return { refused: `larger than ${MAX_PARAMS_BYTES / 1024} KiB` };
  // Templates are the plan author's; in a model's text they would be code.
  if (hasTemplate(value)) return { refused: 'contains an expression' };
  if (hasHidden(value)) return { refused: 'contains invisible characters' };
  const problems = action.checkParams(value);
  if (problems.length === 0) return { value };
  const shown = problems.slice(0, 3).map(({ path, message }) => `${path}: ${message}`);
  return { refused: untrustedLine(`does not fit ${action.meta.name}: ${shown.join('; ')}`, 300) };
}

function hasHidden(value: Json): boolean {
  if (typeof value === 'string') return hasInvisible(value);
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(value).some(([key, item]) => hasInvisible(key) || hasHidden(item));
}

/** Without a role, the first is the primary and the others stand in for it: nothing is done beside it unless it was said so. */
function readRole(
  { role: given, timing: when }: JsonObject,
  index: number,
  problems: InvestigationProblem[],
): Pick<Recommendation, 'role' | 'timing'> {
  const role = Object.values(Role).find((value) => value === given);
  if (role === undefined) {
    if (given !== undefined) problems.push({ at: '.role', message: 'is none of the known ones' });
    return { role: index === 0 && given === undefined ? Role.primary : Role.alternative };
  }
  if (role !== Role.secondary) return { role };
  const timing = Object.values(Timing).find((value) => value === when);
  if (timing === undefined) problems.push({ at: '.timing', message: 'is not said; taken as after the primary' });
  return { role, timing: timing ?? Timing.after };
}
