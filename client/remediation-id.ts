import type { RemediationPlan } from '../plan/model';

/** The part of the workflow id that all runs of a plan (or of an incident) share: `remediation/<plan or incident>/`. */
export function idPrefix(plan: RemediationPlan): string {
  const { incident, name } = plan.metadata;
  return `remediation/${incident?.replace(/^incident\//, '') ?? name}/`;
}

/** The number at the end of an id of this prefix; `undefined` for ids that were named by hand. */
export function idNumber(id: string, prefix: string): number | undefined {
  if (!id.startsWith(prefix)) return undefined;
  const tail = id.slice(prefix.length);
  return /^[1-9][0-9]{0,8}$/.test(tail) ? Number(tail) : undefined;
}

/** One more than the highest number in use. Ids still missing from the (eventually consistent) list are met at the start itself. */
export function nextNumber(ids: Iterable<string>, prefix: string): number {
  let highest = 0;
  for (const id of ids) highest = Math.max(highest, idNumber(id, prefix) ?? 0);
  return highest + 1;
}
