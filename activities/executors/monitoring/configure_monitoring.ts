import { defineAction, type ActionStep } from '../../contract';
import type { CreatableImage, CreatableValidation } from '../kubernetes/objects/change-or-create';
import { refOf, targetOf } from '../kubernetes/target/read-target';
import { endpointScrape, monitorParams, monitorPhases, type MonitorParams } from './scrapes/monitor-action';
import { OPERATOR_GROUP, podMonitor, serviceMonitor } from './scrapes/monitor-kinds';
import { verifyScraped } from './scrapes/scraped';

const kinds = [serviceMonitor, podMonitor].map((kind) => ({ kind, phases: monitorPhases(kind) }));

const verbs = ['get', 'create', 'patch', 'delete'] as const;

/** Each kind is on its own: a cluster may have the CRD of one only. */
export const configureMonitoring = defineAction<MonitorParams, CreatableImage>({
  name: 'configure_monitoring',
  executor: 'monitoring',
  description:
    'Has Prometheus scrape a Service or pods: creates a ServiceMonitor or PodMonitor, or changes an endpoint of one.',
  whenToUse: 'A workload is not scraped, or on the wrong port or path, or too seldom for its alerts.',
  whenNotToUse: 'The target is scraped and down: then the workload is to be repaired, not its monitor.',
  risk: 'medium',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: false,
  clusterScoped: true,
  targetKinds: kinds.map(({ kind }) => kind.kind),
  permissions: [
    { apiGroup: OPERATOR_GROUP, resource: serviceMonitor.plural, verbs },
    { apiGroup: OPERATOR_GROUP, resource: podMonitor.plural, verbs },
    { apiGroup: '', resource: serviceMonitor.selects.plural, verbs: ['list'] },
    { apiGroup: '', resource: podMonitor.selects.plural, verbs: ['list'] },
  ],
  params: monitorParams,
  examples: [
    {
      title: 'Scrape a Service that nothing scraped',
      target: { kind: 'ServiceMonitor', namespace: 'shop', name: 'web' },
      params: { port: 'metrics', interval: '30s', matchLabels: { app: 'web' }, labels: { release: 'prometheus' } },
    },
    {
      title: 'Another path of a port that is scraped',
      target: { kind: 'PodMonitor', namespace: 'shop', name: 'worker' },
      params: { port: 'http', path: '/internal/metrics' },
    },
  ],

  validate: (ctx, step) => of(step).phases.validate(ctx, step),
  execute: (ctx, step, validation) => of(step).phases.execute(ctx, step, validation),
  rollback: (ctx, step, validation, effect) => of(step).phases.rollback(ctx, step, validation, effect),

  /**
   * True when 1. the object reads back as wished, and 2. Prometheus, where kubernaut.yaml names one, has targets in the job
   * that its operator makes of the endpoint, all with its path, scheme and interval, and (`requireUp`) one of them up.
   */
  async verify(ctx, step, validation) {
    const { kind, phases } = of(step);
    return verifyScraped(ctx, {
      what: validation.summary,
      readBack: () => phases.verify(ctx, validation),
      wish: async () => endpointScrape(await ctx.cluster.get(refOf(targetIn(step, validation))), kind, step.params),
    });
  },
});

function of({ target }: Pick<ActionStep<MonitorParams>, 'target'>) {
  return kinds.find(({ kind }) => kind.kind === target?.kind) ?? kinds[0]!;
}

function targetIn(step: ActionStep<MonitorParams>, { target }: CreatableValidation) {
  return targetOf({ ...step, target });
}
