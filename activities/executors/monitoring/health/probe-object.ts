import type { Json, JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import type { Permission } from '../../../contract';
import { pointer, valueAt } from '../../kubernetes/fields/json-pointer';
import type { FieldWish } from '../../kubernetes/fields/recorded-field';
import { changeOrCreate } from '../../kubernetes/objects/change-or-create';
import { displayName } from '../../kubernetes/target/read-target';
import { OPERATOR_API, OPERATOR_GROUP } from '../scrapes/monitor-kinds';
import { timeoutProblem } from '../scrapes/monitor-params';
import { unverifiable, type ScrapeWish } from '../scrapes/scraped';
import type { HealthCheckParams } from './health-check-params';
import type { ProbeObjectParams } from './probe-object-params';

export const PROBE = 'Probe';
export const probePermissions: readonly Permission[] = [
  { apiGroup: OPERATOR_GROUP, resource: 'probes', verbs: ['get', 'create', 'patch', 'delete'] },
];

const STATIC = '/spec/targets/staticConfig/static';
const SELECTOR = 'probeSelector';

/** The half of configure_health_check for Probes: the workload is asked from outside, through a prober. */
export const probeObject = changeOrCreate<HealthCheckParams>({
  apiVersion: OPERATOR_API,
  targetKinds: [PROBE],
  permissions: probePermissions,

  async change(ctx, probe, params) {
    const wanted = params.probe;
    const summary = `Probe ${displayName(probe.metadata)}`;
    const wrong = wrongParams(params);
    if (wanted === undefined) return { set: [], problems: wrong, summary };
    const { spec = {} } = probe;
    const problems = timeoutProblem(wanted.interval ?? spec.interval, wanted.scrapeTimeout ?? spec.scrapeTimeout);
    if (wanted.targets && valueAt(spec, '/targets/ingress') !== undefined)
      problems.push('it takes its targets from Ingresses, so it cannot have fixed ones');
    if (!wanted.prober && valueAt(spec, '/prober/url') === undefined) problems.push('it has no prober: give one');
    return {
      set: wishes(wanted),
      problems: [...wrong, ...problems],
      warnings: unverifiable(ctx, SELECTOR),
      summary: `${summary} ${describe(wanted)}`,
    };
  },

  async create(ctx, target, params) {
    const wrong = wrongParams(params);
    const { targets, prober, labels, module, interval, scrapeTimeout } = params.probe ?? {};
    if (!targets || !prober) return 'give probe.targets and probe.prober';
    const timing = { ...(interval && { interval }), ...(scrapeTimeout && { scrapeTimeout }) };
    return {
      content: {
        ...(labels && { metadata: { labels } }),
        spec: {
          ...{ prober: { ...prober } as JsonObject, targets: { staticConfig: { static: targets } } },
          ...(module && { module }),
          ...timing,
        },
      },
      problems: [...wrong, ...timeoutProblem(interval, scrapeTimeout)],
      warnings: unverifiable(ctx, SELECTOR),
      summary: `Probe ${displayName(target)} created: ${describe(params.probe!)}`,
    };
  },
});

/** How Prometheus asks the prober, by the Probe as it stands. */
export function probeScrape({ metadata, spec = {} }: KubeObject, { probe }: HealthCheckParams): ScrapeWish {
  const text = (path: string) => {
    const value = valueAt(spec, path);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const [interval, module] = [text('/interval'), text('/module')];
  return {
    pool: `probe/${displayName(metadata)}`,
    path: text('/prober/path') ?? '/probe',
    scheme: (text('/prober/scheme') ?? 'http').toLowerCase(),
    ...(interval !== undefined && { interval }),
    ...(module !== undefined && { query: { module } }),
    probed: (valueAt(spec, '/targets/staticConfig/static') ?? []) as string[],
    requireUp: probe?.requireUp ?? true,
  };
}

/** Params that only a workload has a use for. */
function wrongParams({ container, readiness, liveness, startup, probe }: HealthCheckParams): string[] {
  const given = Object.entries({ container, readiness, liveness, startup }).filter(([, value]) => value !== undefined);
  return [
    ...(given.length > 0 ? [`${given.map(([name]) => name).join(', ')}: only for a workload`] : []),
    ...(probe === undefined ? ['give probe'] : []),
  ];
}

function wishes({ targets, module, interval, scrapeTimeout, prober, labels }: ProbeObjectParams): FieldWish[] {
  const fields: Record<string, Json | undefined> = {
    [STATIC]: targets,
    '/spec/module': module,
    '/spec/interval': interval,
    '/spec/scrapeTimeout': scrapeTimeout,
    '/spec/prober/url': prober?.url,
    '/spec/prober/scheme': prober?.scheme,
    '/spec/prober/path': prober?.path,
    ...Object.fromEntries(
      Object.entries(labels ?? {}).map(([key, value]) => [pointer('metadata', 'labels', key), value]),
    ),
  };
  return Object.entries(fields).flatMap(([path, value]) => (value === undefined ? [] : [{ path, value }]));
}

function describe({ targets, module, interval }: ProbeObjectParams): string {
  const what = targets === undefined ? 'asks its targets' : `asks ${targets.length} targets`;
  return `${what}${module ? ` by ${module}` : ''}${interval ? ` every ${interval}` : ''}`;
}
