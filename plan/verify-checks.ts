import type { JsonObject } from './json';
import type { AlertCheck, QueryCheck, VerifyCheck } from './model';

/**
 * Conditions of `verify` are looked at by the read-only actions that can also stand in a plan by themselves, so that a
 * number or an alert is judged in one way only.
 */
export interface CheckCall {
  action: string;
  params: JsonObject;
}

/** Names of the actions that look at conditions. */
export const CheckAction = { query: 'query_metric', alert: 'check_alert' } as const;

export function isAlertCheck(check: VerifyCheck): check is AlertCheck {
  return 'alertResolved' in check;
}

/** The action that looks at the condition, and its params. Templates stay as they are. */
export function callOfCheck(check: VerifyCheck): CheckCall {
  if (!isAlertCheck(check)) return { action: CheckAction.query, params: { ...check } as JsonObject };
  const { alertname, matchers = [], ...when } = check.alertResolved;
  // The matcher of the name stands last, so that the places of the others are those of the document.
  const named = alertname === undefined ? [] : [{ name: 'alertname', value: alertname }];
  return { action: CheckAction.alert, params: { matchers: [...matchers, ...named], ...when } as unknown as JsonObject };
}

/** One line for people, before anything has been looked at: `up{job="web"} above 0 for 2m`. */
export function textOfCheck(check: VerifyCheck): string {
  const { for: lasting } = isAlertCheck(check) ? check.alertResolved : check;
  const what = isAlertCheck(check) ? alertText(check) : queryText(check);
  return lasting === undefined ? what : `${what} for ${lasting}`;
}

function queryText({ query, above, below }: QueryCheck): string {
  return `${query.replace(/\s+/g, ' ').slice(0, 120)} ${below === undefined ? `above ${above}` : `below ${below}`}`;
}

function alertText({ alertResolved: { alertname, matchers = [] } }: AlertCheck): string {
  const labels = matchers.map(({ name, value }) => `${name}=${value}`);
  return `alert ${[...(alertname === undefined ? [] : [alertname]), ...labels].join(', ')} resolved`;
}
