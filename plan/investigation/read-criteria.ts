import { z } from 'zod';
import type { Json } from '../json';
import type { InvestigationProblem, InvestigationScope, SuccessCriterion } from './investigation';

const MAX_CRITERIA = 5;
/** A path of plain names: it becomes part of a CEL expression, so nothing else may be in it. */
const FIELD = /^[a-zA-Z][a-zA-Z0-9]{0,31}(\.[a-zA-Z][a-zA-Z0-9]{0,31}){0,3}$/;
/** Words that CEL takes for something else. */
const RESERVED = new Set(
  'as break const continue else false for function if import in let loop namespace null package return true var void while'.split(
    ' ',
  ),
);

const criterion = z.discriminatedUnion('type', [
  z.object({ type: z.literal('alert_resolved'), alert: z.string() }),
  z.object({
    type: z.literal('evidence'),
    field: z.string().regex(FIELD),
    operator: z.enum(['==', '!=', '<', '<=', '>', '>=']),
    value: z.union([z.number().min(-1e12).max(1e12), z.boolean()]),
  }),
]);

/** The criteria that can be checked; the others are named. A model can only ask for more proof than there is, never for less. */
export function readSuccessCriteria(
  value: Json | undefined,
  scope: InvestigationScope,
): { criteria: SuccessCriterion[]; problems: InvestigationProblem[] } {
  if (value === undefined || value === null) return { criteria: [], problems: [] };
  const at = '.success_criteria';
  if (!Array.isArray(value)) return { criteria: [], problems: [{ at, message: 'is no list' }] };
  const criteria: SuccessCriterion[] = [];
  const problems: InvestigationProblem[] = [];
  value.slice(0, MAX_CRITERIA).forEach((item, index) => {
    const { data } = criterion.safeParse(item);
    const refused = data === undefined ? 'cannot be checked' : whyNot(data, scope);
    if (data !== undefined && refused === undefined) criteria.push(data);
    else problems.push({ at: `${at}[${index}]`, message: `${refused}; left out` });
  });
  if (value.length > MAX_CRITERIA) problems.push({ at, message: `only the first ${MAX_CRITERIA} are taken` });
  return { criteria, problems };
}

function whyNot(criterion: SuccessCriterion, { alerts }: InvestigationScope): string | undefined {
  if (criterion.type === 'alert_resolved') {
    return alerts.includes(criterion.alert) ? undefined : 'names an alert that the incident does not have';
  }
  if (criterion.field.split('.').some((part) => RESERVED.has(part))) return 'cannot be checked';
  const ordered = !['==', '!='].includes(criterion.operator);
  return ordered && typeof criterion.value === 'boolean' ? 'cannot be checked' : undefined;
}
