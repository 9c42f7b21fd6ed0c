import type { Silence } from '../api/alertmanager';

/** `createdBy` of our silences. */
export const AUTHOR = 'kubernaut';

/**
 * What an operation leaves in the comment of a silence: it leads people to the workflow, and tells a second attempt and an undo
 * that the silence is ours. `until` is the end we set, so that a later change by somebody else can be seen.
 */
export interface SilenceStamp {
  operationId: string;
  until: string;
}

export function stamped(comment: string, { operationId, until }: SilenceStamp): string {
  return `${comment} [kubernaut ${operationId}, until ${until}]`;
}

/** The end that the operation set; `undefined`: the silence does not carry its stamp. */
export function stampedEnd({ comment }: Pick<Silence, 'comment'>, operationId: string): string | undefined {
  const lead = `[kubernaut ${operationId}, until `;
  const at = comment.lastIndexOf(lead);
  if (at < 0) return undefined;
  const rest = comment.slice(at + lead.length);
  return rest.slice(0, rest.indexOf(']'));
}

/** Still exactly as the operation left it. Alertmanager writes times in a form of its own, so they are compared as times. */
export function isUntouched(silence: Silence, operationId: string): boolean {
  const until = stampedEnd(silence, operationId);
  return until !== undefined && sameTime(until, silence.endsAt);
}

export function sameTime(a: string, b: string): boolean {
  return Date.parse(a) === Date.parse(b);
}
