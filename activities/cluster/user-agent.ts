import { USER_AGENT } from './version';

/** On whose behalf a request is made: one phase of one operation. */
export interface CallingOperation {
  /** `<workflowId>/<stepId>`. */
  id: string;
  /** `validate`, `execute`, `verify` or `rollback`. */
  phase: string;
}

/**
 * `kubernaut/0.1.0 (execute remediation/web-oom/1/scale)`. It is the one thing of ours that the API server's audit log
 * holds of every request, whatever its level and its verb: a delete has no annotations, and a Secret's body is not logged.
 * `audit reconcile` goes by it. What a header cannot hold is percent-encoded. (The server cuts it after 1,024 characters.)
 */
export function userAgentOf({ id, phase }: CallingOperation): string {
  return `${USER_AGENT} (${phase} ${encodeURI(id)})`;
}

/** What a User-Agent says of us; `undefined` for one that is not ours. */
export type Caller =
  | { kind: 'operation'; operation: CallingOperation }
  /** Named by whoever connected: `connectCluster({ caller })`. */
  | { kind: 'other'; caller: string }
  /** Ours, but it says no more. */
  | { kind: 'unnamed' };

const form = /^kubernaut\/\S+(?: \(?(.*?)\)?)?$/;
const operationForm = /^(validate|execute|verify|rollback) (\S+)$/;

export function callerOf(userAgent: string | undefined): Caller | undefined {
  const match = form.exec(userAgent ?? '');
  if (match === null) return undefined;
  const [, comment] = match;
  if (comment === undefined) return { kind: 'unnamed' };
  const [, phase, id] = operationForm.exec(comment) ?? [];
  if (phase === undefined) return { kind: 'other', caller: comment };
  try {
    return { kind: 'operation', operation: { phase, id: decodeURI(id!) } };
  } catch {
    return { kind: 'other', caller: comment };
  }
}
