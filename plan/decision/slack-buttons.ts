/**
 * The buttons that a Slack message about an approval carries, and what a click says: made by the notification, read by the
 * bridge. A button is about one run and one digest, so that a click on an old message approves nothing new.
 */
export const SLACK_APPROVE = 'kubernaut_approve';
export const SLACK_REJECT = 'kubernaut_reject';
/** `block_id` of the row of buttons; the bridge takes it off the message once it is decided. */
export const SLACK_BUTTONS_BLOCK = 'kubernaut_decision';
/** Longest value that Slack lets a button have. */
export const SLACK_MAX_VALUE = 2000;

/** What waits for a decision. (A type: it is part of what a step remembers, which is JSON.) */
export type DecisionRef = {
  /** Workflow id of the remediation. */
  workflow: string;
  digest: string;
  step?: string;
};

/** undefined: it does not fit into a button. */
export function slackButtonValue({ workflow, digest, step }: DecisionRef): string | undefined {
  const value = JSON.stringify({ workflow, digest, ...(step !== undefined && { step }) });
  return value.length <= SLACK_MAX_VALUE ? value : undefined;
}

/** undefined: this is no value that we made. */
export function readSlackButtonValue(value: string): DecisionRef | undefined {
  let read: unknown;
  try {
    read = JSON.parse(value);
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return undefined;
  const { workflow, digest, step, ...others } = read as Record<string, unknown>;
  const isText = (text: unknown): text is string => typeof text === 'string' && text !== '';
  if (!isText(workflow) || !isText(digest) || Object.keys(others).length > 0) return undefined;
  if (step !== undefined && !isText(step)) return undefined;
  return { workflow, digest, ...(step !== undefined && { step }) };
}
