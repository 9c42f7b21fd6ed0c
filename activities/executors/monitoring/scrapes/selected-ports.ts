import type { JsonObject } from '../../../../plan/json';
import type { ActionContext } from '../../../contract';
import { selectorText } from '../../kubernetes/pods/label-selector';
import type { MonitorKind } from './monitor-kinds';

/**
 * Why a monitor with this selector would scrape nothing on `port`, as a sentence: nothing has the labels, or nothing of it has
 * the port. A monitor that scrapes nothing is accepted by everybody and does nothing.
 */
export async function nothingToScrape(
  ctx: ActionContext,
  { selects }: MonitorKind,
  { namespace, selector, port }: { namespace: string | undefined; selector: JsonObject; port: string },
): Promise<string | undefined> {
  const labelSelector = selectorText(selector);
  const { items } = await ctx.cluster.list({ apiVersion: 'v1', kind: selects.kind, namespace, labelSelector });
  const which = labelSelector ? ` with the labels ${labelSelector}` : '';
  if (items.length === 0) return `there is no ${selects.kind} in ${namespace ?? ''}${which}`;
  const ports = [...new Set(items.flatMap(selects.portsOf))].sort();
  if (ports.includes(port)) return undefined;
  const known = ports.length > 0 ? `named ports: ${ports.join(', ')}` : 'none of its ports has a name';
  return `no ${selects.kind}${which} has a port ${port} (${known})`;
}

/** The monitor looks (also) into other namespaces, where this step has no business. */
export function looksElsewhere(spec: JsonObject | undefined, namespace: string | undefined): boolean {
  const { any, matchNames } = (spec?.namespaceSelector ?? {}) as { any?: boolean; matchNames?: string[] };
  return any === true || (matchNames ?? []).some((each) => each !== namespace);
}
