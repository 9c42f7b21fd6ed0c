import type { HttpHostSettings } from '../../../../config/sections/custom/http-hosts';
import { KubernautError } from '../../../../plan/errors';

/** What may be done at a place; also made from a channel's settings. */
export interface HostRule {
  networks: readonly string[];
  plainHttp: boolean;
}

/**
 * The rule of kubernaut.yaml that allows this request.
 *
 * @throws {KubernautError} `PRECONDITION_FAILED` when none does, naming what is not allowed
 */
export function allowedHost(hosts: readonly HttpHostSettings[], url: URL, method: string): HttpHostSettings {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const rule = hosts.find((each) => matches(each.host, host));
  if (rule === undefined) throw refused(`the host ${host} is not in actions.custom.http.hosts`);
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  if (!rule.ports.includes(port)) throw refused(`port ${port} of ${host} is not allowed (${rule.ports.join(', ')} is)`);
  if (!(rule.methods as string[]).includes(method)) {
    throw refused(`${method} is not allowed at ${host} (${rule.methods.join(', ')} is)`);
  }
  checkScheme(url, rule);
  return rule;
}

/** @throws {KubernautError} `PRECONDITION_FAILED` for anything but https, and http where the rule has it */
export function checkScheme(url: URL, rule: HostRule): void {
  if (url.username !== '' || url.password !== '') throw refused('a URL must not hold credentials');
  if (url.protocol === 'https:' || (url.protocol === 'http:' && rule.plainHttp)) return;
  throw refused(`${url.protocol}// is not allowed at ${url.hostname}; use https://`);
}

function matches(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}

function refused(message: string): KubernautError {
  return new KubernautError('PRECONDITION_FAILED', message, {
    remedy:
      'Only what `actions.custom.http.hosts` of kubernaut.yaml names can be called; correct the step, or add it there.',
  });
}

/** A URL fit for people and history: a query may hold anything, so it is only hinted at. */
export function shownUrl({ origin, pathname, search }: URL): string {
  return `${origin}${pathname}${search === '' ? '' : '?…'}`;
}
