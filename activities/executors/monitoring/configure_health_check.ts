import { defineAction, type ActionDefinition, type ActionStep } from '../../contract';
import type { CreatableImage } from '../kubernetes/objects/change-or-create';
import { WORKLOAD_KINDS } from '../kubernetes/rollout/workload';
import { refuseIf } from '../kubernetes/target/preflight';
import { refOf, targetOf } from '../kubernetes/target/read-target';
import { containerProbes, workloadExamples, workloadPermissions } from './health/container-probes';
import { healthCheckParams, type HealthCheckParams } from './health/health-check-params';
import { PROBE, probeObject, probePermissions, probeScrape } from './health/probe-object';
import { verifyScraped } from './scrapes/scraped';

const onWorkload = containerProbes as unknown as Required<ActionDefinition<HealthCheckParams, CreatableImage>>;

/** Each half has its own rights and kinds: a cluster without the CRD of Probes has workloads all the same. */
export const configureHealthCheck = defineAction<HealthCheckParams, CreatableImage>({
  name: 'configure_health_check',
  executor: 'monitoring',
  description:
    'Sets, changes or removes the probes of one container of a workload, whose pods are replaced; or creates or changes a Probe, by which Prometheus asks from outside.',
  whenToUse:
    'Healthy containers are killed by a probe that is too strict, or traffic reaches pods that are not ready; or nobody asks whether a site answers.',
  whenNotToUse: 'The probe is right and the service is slow: then it tells the truth.',
  risk: 'medium',
  reversibility: 'reversible',
  disruption: 'workload',
  readOnly: false,
  clusterScoped: true,
  targetKinds: [...WORKLOAD_KINDS, PROBE],
  permissions: [...workloadPermissions, ...probePermissions],
  params: healthCheckParams,
  examples: [
    ...workloadExamples,
    {
      title: 'Ask a site from outside, every half minute',
      target: { kind: PROBE, namespace: 'shop', name: 'site' },
      params: {
        probe: {
          targets: ['https://shop.example.com/healthz'],
          module: 'http_2xx',
          interval: '30s',
          prober: { url: 'blackbox-exporter.monitoring:9115' },
        },
      },
    },
  ],

  async validate(ctx, step) {
    if (isProbe(step)) return probeObject.validate(ctx, step);
    refuseIf(targetOf(step), step.params.probe ? ['probe: only with a target of kind Probe'] : []);
    return onWorkload.validate(ctx, step);
  },
  execute: (ctx, step, validation) => (isProbe(step) ? probeObject : onWorkload).execute(ctx, step, validation),
  rollback: (ctx, step, validation, effect) =>
    (isProbe(step) ? probeObject : onWorkload).rollback(ctx, step, validation, effect),

  /** Of a workload: see `containerProbes`. Of a Probe: it reads back as wished, and Prometheus asks the prober so. */
  async verify(ctx, step, validation, effect) {
    if (!isProbe(step)) return onWorkload.verify(ctx, step, validation, effect);
    const ref = refOf(targetOf({ ...step, target: validation.target }));
    return verifyScraped(ctx, {
      what: validation.summary,
      readBack: () => probeObject.verify(ctx, validation),
      wish: async () => probeScrape(await ctx.cluster.get(ref), step.params),
    });
  },
});

function isProbe({ target }: Pick<ActionStep<HealthCheckParams>, 'target'>): boolean {
  return target?.kind === PROBE;
}
