import { z } from 'zod';
import type { Json, JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { pointer, valueAt } from '../../kubernetes/fields/json-pointer';
import type { FieldWish } from '../../kubernetes/fields/recorded-field';
import { changeOrCreate } from '../../kubernetes/objects/change-or-create';
import { displayName } from '../../kubernetes/target/read-target';
import { endpointsOf, findEndpoint, OPERATOR_API, OPERATOR_GROUP, type MonitorKind } from './monitor-kinds';
import { objectLabels, requireUp, scrapeDuration, timeoutProblem } from './monitor-params';
import { looksElsewhere, nothingToScrape } from './selected-ports';
import { unverifiable, type ScrapeWish } from './scraped';

export const monitorParams = z.strictObject({
  port: z
    .string()
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'must be the name of a port')
    .describe(
      'Name of the port: of the Service, or with a PodMonitor of the container. It also tells which endpoint is meant.',
    ),
  path: z.string().regex(/^\//, 'must begin with /').max(1024).optional().describe('Default of a new one: /metrics.'),
  scheme: z.enum(['http', 'https']).optional().describe('Default of a new one: http.'),
  interval: scrapeDuration
    .optional()
    .describe('From one scrape to the next: `30s`. Default of a new one: that of Prometheus.'),
  scrapeTimeout: scrapeDuration.optional().describe('No answer by then is a failure; at most the interval.'),
  matchLabels: objectLabels
    .optional()
    .describe('Labels of the Services (or pods) to scrape, in place of the present ones. Needed for a new monitor.'),
  labels: objectLabels.optional().describe('Labels of the monitor itself, by which a Prometheus finds it.'),
  requireUp,
});
export type MonitorParams = z.output<typeof monitorParams>;

const ENDPOINT_FIELDS = ['path', 'scheme', 'interval', 'scrapeTimeout'] as const;

/** The phases for one of the two kinds: a field of its endpoint is changed, an endpoint is added, or a monitor is created. */
export function monitorPhases(kind: MonitorKind) {
  return changeOrCreate<MonitorParams>({
    apiVersion: OPERATOR_API,
    targetKinds: [kind.kind],
    permissions: [
      { apiGroup: OPERATOR_GROUP, resource: kind.plural, verbs: ['get', 'create', 'patch', 'delete'] },
      { apiGroup: '', resource: kind.selects.plural, verbs: ['list'] },
    ],

    async change(ctx, monitor, wanted) {
      const name = displayName(monitor.metadata);
      const summary = `${kind.kind} ${name} scrapes port ${wanted.port}`;
      const index = findEndpoint(monitor, kind, wanted.port);
      if (typeof index === 'string') return { set: [], problems: [index], summary };
      const wish = endpointWish(monitor, kind, { index, wanted });
      const set = [
        ...wish.set,
        ...(wanted.matchLabels ? [{ path: '/spec/selector/matchLabels', value: wanted.matchLabels }] : []),
        ...Object.entries(wanted.labels ?? {}).map(([key, value]) => ({
          path: pointer('metadata', 'labels', key),
          value,
        })),
      ];
      const checked = await checkSelection(ctx, kind, monitor, { ...wanted, added: index < 0 });
      return {
        set,
        guards: wish.guards,
        problems: [...timeoutProblem(wish.endpoint.interval, wish.endpoint.scrapeTimeout), ...checked.problems],
        warnings: [...checked.warnings, ...unverifiable(ctx, kind.selector)],
        summary: `${summary}${describeEndpoint(wish.endpoint)}`,
      };
    },

    async create(ctx, target, wanted) {
      const { port, matchLabels, labels } = wanted;
      if (!matchLabels) return `give matchLabels: of the ${kind.selects.kind}s to scrape`;
      const endpoint = { port, ...given(wanted) };
      const { namespace } = target;
      const nothing = await nothingToScrape(ctx, kind, { namespace, selector: { matchLabels }, port });
      return {
        content: {
          ...(labels && { metadata: { labels } }),
          spec: { selector: { matchLabels }, [kind.list]: [endpoint] },
        },
        problems: [...timeoutProblem(endpoint.interval, endpoint.scrapeTimeout), ...(nothing ? [nothing] : [])],
        warnings: unverifiable(ctx, kind.selector),
        summary: `${kind.kind} ${displayName(target)} created: scrapes port ${port}${describeEndpoint(endpoint)}`,
      };
    },
  });
}

/** How Prometheus scrapes the endpoint as it stands in the object. */
export function endpointScrape(
  monitor: KubeObject,
  kind: MonitorKind,
  { port, requireUp: up }: MonitorParams,
): ScrapeWish {
  const index = findEndpoint(monitor, kind, port);
  const endpoint: JsonObject = (typeof index === 'number' ? endpointsOf(monitor, kind)[index] : undefined) ?? {};
  const { interval } = endpoint;
  return {
    pool: `${kind.pool}/${displayName(monitor.metadata)}/${index}`,
    path: textOr(endpoint.path, '/metrics'),
    scheme: textOr(endpoint.scheme, 'http').toLowerCase(),
    ...(typeof interval === 'string' && interval !== '' && { interval }),
    requireUp: up,
  };
}

/** An empty text is as good as none to the operator. */
function textOr(value: Json | undefined, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

function given(wanted: MonitorParams): Partial<Record<(typeof ENDPOINT_FIELDS)[number], string>> {
  return Object.fromEntries(
    ENDPOINT_FIELDS.flatMap((field) => (wanted[field] === undefined ? [] : [[field, wanted[field]]])),
  );
}

function endpointWish(
  monitor: KubeObject,
  { list }: MonitorKind,
  { index, wanted }: { index: number; wanted: MonitorParams },
): { set: FieldWish[]; guards: string[]; endpoint: JsonObject } {
  const fields = given(wanted);
  const present = valueAt(monitor, `/spec/${list}`) as Json[] | undefined;
  if (index >= 0) {
    const path = pointer('spec', list, index);
    return {
      set: Object.entries(fields).map(([field, value]) => ({ path: `${path}/${field}`, value })),
      guards: [`${path}/port`],
      endpoint: { ...(valueAt(monitor, path) as JsonObject), ...fields },
    };
  }
  const endpoint = { port: wanted.port, ...fields };
  // Only the new item: the others may hold what need not stand in a history.
  const set = present
    ? [{ path: pointer('spec', list, present.length), value: endpoint }]
    : [{ path: pointer('spec', list), value: [endpoint] }];
  return { set, guards: [], endpoint };
}

/** A monitor that is made to scrape nothing is refused; one that scraped nothing before is only named. */
async function checkSelection(
  ctx: ActionContext,
  kind: MonitorKind,
  { metadata, spec }: KubeObject,
  { matchLabels, port, added }: MonitorParams & { added: boolean },
): Promise<{ problems: string[]; warnings: string[] }> {
  if (looksElsewhere(spec, metadata.namespace))
    return { problems: [], warnings: ['it also selects in other namespaces, where it was not looked'] };
  const present = (spec?.selector ?? {}) as JsonObject;
  const selector = matchLabels ? { ...present, matchLabels } : present;
  const nothing = await nothingToScrape(ctx, kind, { namespace: metadata.namespace, selector, port });
  if (nothing === undefined) return { problems: [], warnings: [] };
  return matchLabels || added ? { problems: [nothing], warnings: [] } : { problems: [], warnings: [nothing] };
}

function describeEndpoint({ path, interval }: JsonObject): string {
  return `${typeof path === 'string' ? ` at ${path}` : ''}${typeof interval === 'string' ? ` every ${interval}` : ''}`;
}
