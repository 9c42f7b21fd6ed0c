import type { NotificationSettings, Severity } from '../../../../config/sections/custom/notifications';

export interface Occasion {
  severity: Severity;
  namespace?: string;
  cluster: string;
}

/**
 * Who is told when a step names no channel: the channels of the first route that fits, and of those after it as long as each
 * fitting one says `continue`; the fallback when none fits. Each channel once, in the order of the routes.
 */
export function routedChannels({ routes, fallback }: NotificationSettings, occasion: Occasion): string[] {
  const { severity, namespace, cluster } = occasion;
  const channels: string[] = [];
  let matched = false;
  for (const route of routes) {
    const fits =
      (route.severities?.includes(severity) ?? true) &&
      (route.clusters?.includes(cluster) ?? true) &&
      (route.namespaces?.some((pattern) => namespace !== undefined && fitsPattern(pattern, namespace)) ?? true);
    if (!fits) continue;
    matched = true;
    channels.push(...route.channels);
    if (!route.continue) break;
  }
  return [...new Set(matched ? channels : fallback)];
}

/** `*` stands for any characters. Settled without a regular expression, so that no pattern can cost time. */
function fitsPattern(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === name;
  const last = rest.pop()!;
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > name.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}
