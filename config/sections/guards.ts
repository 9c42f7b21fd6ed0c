import { z } from 'zod';
import { DURATION_PATTERN, durationMs } from '../../plan/duration';
import type { GuardSettings } from '../../plan/guard/settings';

/** The heartbeat timeout of steps: after it the worker of a terminated run has stopped, or is given up. */
const LINGER_MS = 10_000;

const duration = z.string().regex(DURATION_PATTERN, 'must be a duration like 90s, 5m or 1h30m');
const positive = z.int().min(1);

const rate = (max: number, per: string) =>
  z.union([
    z.literal(false),
    z
      .strictObject({
        max: positive.default(max).describe(`Default ${max}.`),
        per: duration.default(per).describe(`Default \`${per}\`.`),
      })
      .prefault({}),
  ]);

/** How the providers label the pool of a node. */
const POOL_LABELS = [
  'eks.amazonaws.com/nodegroup',
  'alpha.eksctl.io/nodegroup-name',
  'karpenter.sh/nodepool',
  'cloud.google.com/gke-nodepool',
  'kubernetes.azure.com/agentpool',
  'doks.digitalocean.com/node-pool',
  'kops.k8s.io/instancegroup',
  'ibm-cloud.kubernetes.io/worker-pool-name',
  'k8s.scaleway.com/pool-name',
  'node.kubernetes.io/pool',
] as const;

/** `guards` of kubernaut.yaml: what no run gets past, however many there are. */
export const guardsSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('false: nothing is limited at all; for laboratories. A run keeps what held when it began. Default true.'),
  concurrentPerCluster: positive.default(5).describe('Remediations at work in one cluster at once. Default 5.'),
  concurrentNodeActions: positive
    .default(1)
    .describe('Remediations that take nodes out of service, in one cluster at once. Default 1.'),
  cooldown: duration
    .default('5m')
    .describe('How long an action is not done again on the same target after it succeeded. Default `5m`.'),
  ratePerTarget: rate(10, '1h')
    .prefault({})
    .describe('Remediations of one target within a sliding window; false: any number. Default 10 in `1h`.'),
  ratePerCluster: rate(60, '10m')
    .prefault({})
    .describe('Remediations of one cluster within a sliding window; false: any number. Default 60 in `10m`.'),
  ratePerAction: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be the name of an action'),
      z.strictObject({
        max: positive.describe('So many remediations that do it.'),
        per: duration.describe('Length of the sliding window, like `1h`.'),
      }),
    )
    .default({})
    .describe(
      'Remediations of one cluster that do this action, within a sliding window: `drain_node: { max: 4, per: 1h }`. What comes too soon waits as for any guard, or is refused. Default: any number.',
    ),
  breaker: z
    .union([
      z.literal(false),
      z
        .strictObject({
          failures: positive.default(3).describe('Default 3.'),
          openFor: duration.default('1h').describe('Default `1h`.'),
        })
        .prefault({}),
    ])
    .prefault({})
    .describe(
      'So many failures on one target close it for `openFor`; one is forgiven for every `openFor` without any, a success forgives all. false: never.',
    ),
  oscillation: z
    .union([
      z.literal(false),
      z
        .strictObject({
          reversals: positive
            .default(2)
            .describe('Moves of the capacity to and fro (up, down) before the next turn is refused. Default 2.'),
          repeats: positive
            .default(3)
            .describe('Times that the very same fix may succeed before it is refused as being in vain. Default 3.'),
          window: duration.default('1h').describe('Default `1h`.'),
        })
        .prefault({}),
    ])
    .prefault({})
    .describe(
      'When acting again on a target would be going round in circles: refused, for a person to look at. false: never.',
    ),
  nodes: z
    .union([
      z.literal(false),
      z
        .strictObject({
          minSchedulable: positive
            .default(3)
            .describe(
              'No node is cordoned, drained or tainted when fewer schedulable ones would be left in the cluster; never the last one. Lower it for small clusters. Default 3.',
            ),
          minPoolShare: z
            .number()
            .min(0)
            .max(1)
            .default(0.5)
            .describe(
              'Share of the nodes of a pool with more than one that must stay in service when one of them is taken, rounded up; the last one stays in any case. Default 0.5.',
            ),
          poolLabels: z
            .array(z.string().min(1))
            .default([...POOL_LABELS])
            .describe(
              'Labels that tell which pool a node belongs to, the first one it has; the last schedulable node of a pool is never taken. Default: those of EKS, Karpenter, GKE, AKS, DOKS, kOps, IBM Cloud and Scaleway, and `node.kubernetes.io/pool`.',
            ),
        })
        .prefault({}),
    ])
    .prefault({})
    .describe('What is left of the nodes when one is taken out of service; false: nothing is asked.'),
  workloads: z
    .union([
      z.literal(false),
      z
        .strictObject({
          minHealthyShare: z
            .number()
            .min(0)
            .max(1)
            .default(0.5)
            .describe(
              'Share of the pods of a workload with more than one that must stay ready when one of them is restarted, evicted, deleted or quarantined, or a command is run in it. Default 0.5.',
            ),
        })
        .prefault({}),
    ])
    .prefault({})
    .describe('What is left of a workload when a pod is taken from it; false: nothing is asked.'),
  onBusy: z
    .enum(['wait', 'refuse'])
    .default('wait')
    .describe('What a plan does while a guard is busy, when it says nothing itself. Default `wait`.'),
  maxWait: duration
    .default('30m')
    .describe('Longest wait for one guard, when the plan says nothing itself. Default `30m`.'),
  checkHolders: duration
    .default('10s')
    .describe('How often it is asked whether a holder still lives, while somebody waits for it. Default `10s`.'),
});
export type GuardsSection = z.output<typeof guardsSchema>;

/** In the form that runs take along; undefined: guards are off. */
export function guardSettings(section: GuardsSection): GuardSettings | undefined {
  if (!section.enabled) return undefined;
  const { concurrentPerCluster, concurrentNodeActions, breaker, oscillation } = section;
  const { ratePerTarget, ratePerCluster, ratePerAction } = section;
  return {
    concurrentPerCluster,
    concurrentNodeActions,
    cooldownMs: durationMs(section.cooldown),
    ...(ratePerTarget && { ratePerTarget: window(ratePerTarget) }),
    ...(ratePerCluster && { ratePerCluster: window(ratePerCluster) }),
    ...(Object.keys(ratePerAction).length > 0 && {
      ratePerAction: Object.fromEntries(Object.entries(ratePerAction).map(([action, rate]) => [action, window(rate)])),
    }),
    ...(breaker && { breaker: { failures: breaker.failures, openMs: durationMs(breaker.openFor) } }),
    ...(oscillation && {
      oscillation: {
        reversals: oscillation.reversals,
        repeats: oscillation.repeats,
        windowMs: durationMs(oscillation.window),
      },
    }),
    onBusy: section.onBusy,
    maxWaitMs: durationMs(section.maxWait),
    checkHoldersMs: durationMs(section.checkHolders),
    lingerMs: LINGER_MS,
  };
}

export interface NodeBudget {
  minSchedulable: number;
  /** 0–1. Default 0: only the last one of a pool stays. */
  minPoolShare?: number;
  poolLabels: readonly string[];
}

export interface WorkloadBudget {
  /** 0–1 */
  minHealthyShare: number;
}

/** What the actions of a worker are held to by the live cluster; absent parts are not held. */
export interface DisruptionBudget {
  nodes?: NodeBudget;
  workloads?: WorkloadBudget;
}

export function disruptionBudget({ enabled, nodes, workloads }: GuardsSection): DisruptionBudget {
  return enabled ? { ...(nodes && { nodes }), ...(workloads && { workloads }) } : {};
}

function window({ max, per }: { max: number; per: string }): { max: number; windowMs: number } {
  return { max, windowMs: durationMs(per) };
}
