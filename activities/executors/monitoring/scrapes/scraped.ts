import type { Evidence } from '../../../../plan/step-io';
import type { ActionContext } from '../../../contract';
import { Prometheus, type ScrapeTarget } from '../api/prometheus';
import { watchReading, type Reading } from '../metrics/watch-reading';
import { seconds } from '../rules/rules-in-force';

/** How Prometheus must scrape what an object of its operator describes. */
export interface ScrapeWish {
  /** The job that the operator makes of the object: `serviceMonitor/<namespace>/<name>/<index of the endpoint>`. */
  pool: string;
  path: string;
  scheme: string;
  /** Absent: that of the Prometheus itself. */
  interval?: string;
  /** Parameters of the URL that must be among those of every target. */
  query?: Readonly<Record<string, string>>;
  /** Values of the parameter `target` that must be there (a Probe's). */
  probed?: readonly string[];
  /** One target at least must be scraped with success. */
  requireUp: boolean;
}

/**
 * Waits until Prometheus scrapes as wished. `readBack` proves the object itself and is asked again at every look: when the
 * object is not as wished any more, no waiting helps. Without a Prometheus in kubernaut.yaml its answer is all there is.
 */
export async function verifyScraped(
  ctx: ActionContext,
  { readBack, wish, what }: { what: string; readBack(): Promise<Evidence>; wish(): Promise<ScrapeWish> },
): Promise<Evidence> {
  if (ctx.settings.monitoring?.prometheus === undefined) {
    const evidence = await readBack();
    const unseen = evidence.verified ? '; whether a Prometheus takes it up was not looked at' : '';
    return { ...evidence, summary: `${evidence.summary}${unseen}` };
  }
  return watchReading(ctx, {
    what,
    ...{ forMs: 0, withinMs: Number.MAX_SAFE_INTEGER / 2, everyMs: 1_000 },
    async read() {
      const evidence = await readBack();
      if (!evidence.verified) return { holds: false, failed: true, summary: evidence.summary, data: evidence.data };
      const wished = await wish();
      return readingOf(await new Prometheus(ctx).scrapeTargets(wished.pool), wished);
    },
  });
}

/** For the preview: what a person must know whose Prometheus cannot be asked. */
export function unverifiable(ctx: ActionContext, selector: string): string[] {
  return ctx.settings.monitoring?.prometheus
    ? []
    : [
        `no Prometheus is configured for this cluster, so the change is only read back: its operator takes the object up only where ${selector} of a Prometheus matches its labels and namespace`,
      ];
}

/** True when Prometheus has targets in the pool, each with path, scheme, interval and parameters as wished and tried once. */
export function readingOf(targets: readonly ScrapeTarget[], wish: ScrapeWish): Reading {
  const { pool } = wish;
  const up = targets.filter(({ health }) => health === 'up').length;
  const data = { pool, targets: targets.length, up };
  const waiting = (summary: string): Reading => ({ holds: false, summary, data });
  if (targets.length === 0) return waiting(`Prometheus has no target in ${pool} yet`);
  const differing = targets.flatMap((target) => differences(target, wish));
  if (differing.length > 0) return waiting(`Prometheus still scrapes ${pool} with ${differing[0]}`);
  const probed = targets.map(({ scrapeUrl }) => new URL(scrapeUrl).searchParams.get('target'));
  const missing = (wish.probed ?? []).find((each) => !probed.includes(each));
  if (missing !== undefined) return waiting(`Prometheus does not probe ${missing} yet`);
  if (targets.some(({ health }) => health === 'unknown')) return waiting(`${pool} has not been scraped yet`);
  if (wish.requireUp && up === 0) return waiting(`no target of ${pool} is up: ${reasonOf(targets)}`);
  return { holds: true, summary: `Prometheus scrapes ${pool}: ${up} of ${targets.length} targets up`, data };
}

function differences({ scrapeUrl, scrapeInterval }: ScrapeTarget, wish: ScrapeWish): string[] {
  const { pathname, protocol, searchParams } = new URL(scrapeUrl);
  const { path, scheme, interval, query = {} } = wish;
  return [
    ...(pathname === path ? [] : [`path ${pathname}, not ${path}`]),
    ...(protocol === `${scheme}:` ? [] : [`${protocol.slice(0, -1)}, not ${scheme}`]),
    ...(interval === undefined || seconds(scrapeInterval) === seconds(interval)
      ? []
      : [`interval ${scrapeInterval}, not ${interval}`]),
    ...Object.entries(query).flatMap(([key, value]) => (searchParams.get(key) === value ? [] : [`another ${key}`])),
  ];
}

/** Parameters of a URL may be secret. */
function reasonOf(targets: readonly ScrapeTarget[]): string {
  const reason = targets.find(({ lastError }) => lastError !== '')?.lastError ?? 'no reason given';
  return reason.replace(/\?[^\s"]*/g, '?…').slice(0, 200);
}
