import { kubernetesActions } from '../../../activities/executors/kubernetes';
import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { guardSettings, guardsSchema } from '../../../config/sections/guards';
import { auditEvents, createNamespace, kubectl } from '../../setup';
import { apply, connectTestCluster } from '../kubernetes/fixtures';
import { actingTime, atOnce, type Span } from './acting-time';
import { Lab } from './lab';
import { k8sStep, labPlan } from './lab-plan';

/** `npm run storm`: 300. */
const PLANS = Number(process.env['KUBERNAUT_STORM_PLANS'] ?? 60);
const TARGETS = 30;
const CAPACITY = 5;
const COOLDOWN_MS = 1000;

let cluster: ConnectedCluster;
let lab: Lab;
let namespace: string;
beforeAll(async () => {
  cluster = connectTestCluster();
  const section = guardsSchema.parse({
    ...{ concurrentPerCluster: CAPACITY, cooldown: `${COOLDOWN_MS / 1000}s`, ratePerCluster: false, maxWait: '1h' },
    ratePerTarget: { max: PLANS, per: '1h' },
  });
  lab = await Lab.open({
    actions: [...kubernetesActions],
    clusters: new Map([['test', cluster]]),
    guards: guardSettings(section),
  });
  namespace = await createNamespace('storm');
  const items = Array.from({ length: TARGETS }, (_, n) => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: `m${n}` }, data: { plan: 'none' } },
  }));
  await apply({ apiVersion: 'v1', kind: 'List', items });
});
afterAll(async () => {
  await lab?.close();
  cluster?.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

/** Writes that the API server stored, by its own log: when, to which object, and for which plan. */
async function writes(): Promise<{ at: number; target: string; plan: string }[]> {
  const filter = { namespace, resource: 'configmaps', verbs: ['patch'], userAgent: 'kubernaut/', dryRuns: false };
  return (await auditEvents(filter))
    .filter(({ responseStatus }) => (responseStatus?.code ?? 0) < 300)
    .map(({ requestObject, requestReceivedTimestamp, objectRef }) => ({
      at: Date.parse(requestReceivedTimestamp),
      target: objectRef!.name!,
      plan: /"plan-\d+"/.exec(JSON.stringify(requestObject))![0].slice(1, -1),
    }));
}

test(
  `a storm of ${PLANS} plans on ${TARGETS} targets keeps every limit at every instant`,
  async () => {
    const runs = Array.from({ length: PLANS }, (_, n) => ({
      id: `remediation/storm-${n}/1`,
      target: `m${n % TARGETS}`,
      plan: `plan-${n}`,
    }));
    // Test and worker are one process: all calls in the same instant would only measure its patience.
    for (let n = 0; n < PLANS; n += 20) await Promise.all(runs.slice(n, n + 20).map(start));
    const results = await Promise.all(runs.map(({ id }) => lab.remediations.result(id)));
    const failed = results.filter(({ outcome }) => outcome !== 'succeeded').map(({ reason }) => reason);
    expect(failed).toEqual([]);

    // By the histories: from the moment that execute is commanded until verify has answered, a run acts.
    const acting = await Promise.all(runs.map(async (run) => ({ ...run, ...(await actingTime(lab.client, run.id)) })));
    expect(atOnce(acting)).toBeLessThanOrEqual(CAPACITY);
    expect(atOnce(acting)).toBeGreaterThan(1);
    const stored = await writes();
    expect(stored.map(({ plan }) => plan).sort()).toEqual(runs.map(({ plan }) => plan).sort());
    const clashes: string[] = [];
    for (const target of new Set(runs.map((run) => run.target))) {
      const spans = acting.filter((run) => run.target === target).sort((a, b) => a.from - b.from);
      clashes.push(...tooClose(spans, target, 'history'));
      const own = stored.filter((write) => write.target === target).sort((a, b) => a.at - b.at);
      clashes.push(
        ...tooClose(
          own.map(({ at, plan }) => ({ from: at, to: at, plan })),
          target,
          'audit log',
        ),
      );
      // Both witnesses tell the same story.
      expect(own.map(({ plan }) => plan)).toEqual(spans.map(({ plan }) => plan));
    }
    expect(clashes).toEqual([]);
  },
  PLANS * 10_000,
);

async function start({ id, target: name, plan }: { id: string; target: string; plan: string }): Promise<void> {
  const target = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
  const change = k8sStep('set', 'patch_configmap', target, { set: { plan } });
  await lab.remediations.start(labPlan([change], { cluster: 'test' }), { id });
}

/** Overlaps, and pauses shorter than the cooldown, on one target. */
function tooClose(spans: (Span & { plan: string })[], target: string, witness: string): string[] {
  return spans.slice(1).flatMap((span, n) => {
    const pause = span.from - spans[n]!.to;
    return pause >= COOLDOWN_MS
      ? []
      : [`${target}: ${span.plan} ${pause} ms after ${spans[n]!.plan}, by the ${witness}`];
  });
}
