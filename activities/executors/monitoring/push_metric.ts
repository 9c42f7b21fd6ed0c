import { z } from 'zod';
import { KubernautError } from '../../../plan/errors';
import { defineAction } from '../../contract';
import { proven, refuted } from '../kubernetes/wait/evidence';
import { Prometheus } from './api/prometheus';
import { labelName } from './rules/rule-params';

const JOB = 'kubernaut';

const params = z.strictObject({
  metric: z
    .string()
    .regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/, 'must be the name of a metric')
    .describe('Its series get job="kubernaut".'),
  value: z.number(),
  labels: z
    .record(
      labelName.refine((name) => !name.startsWith('__') && name !== 'job', 'is set by Prometheus itself'),
      z.string().min(1).max(200),
    )
    .refine((labels) => Object.keys(labels).length <= 10, 'must be at most 10')
    .default({})
    .describe('Few and of few values: each combination is a series.'),
});

/** Milliseconds since the epoch; fixed in validate, so that a second push is the same sample and no other one. */
type Before = { at: number };

/** Writes one sample of a gauge through Prometheus' OTLP receiver. Samples cannot be taken back; they age out. */
export const pushMetric = defineAction<z.output<typeof params>, Before>({
  name: 'push_metric',
  executor: 'monitoring',
  description: 'Writes one sample of a metric into Prometheus.',
  whenToUse: 'To mark a remediation in graphs, or to feed an alert or autoscaler that watches such a metric.',
  whenNotToUse: 'To change what a service reports of itself: its own next sample says otherwise.',
  risk: 'low',
  reversibility: 'irreversible',
  disruption: 'none',
  readOnly: false,
  clusterScoped: true,
  targetKinds: [],
  permissions: [],
  params,
  examples: [
    {
      title: 'Mark a maintenance in the graphs',
      params: { metric: 'maintenance_active', value: 1, labels: { service: 'web' } },
    },
  ],

  async validate(ctx, { params }) {
    const prometheus = new Prometheus(ctx);
    if (!(await prometheus.takesOtlp())) {
      throw new KubernautError('PRECONDITION_FAILED', 'Prometheus takes no metrics from outside', {
        remedy: 'Start it with --web.enable-otlp-receiver.',
      });
    }
    const series = seriesText(params);
    const present = (await prometheus.query(series))[0]?.value;
    return {
      before: { at: ctx.clock.now() },
      diff: [
        { path: `/${series}`, ...(present !== undefined && { before: String(present) }), after: String(params.value) },
      ],
      warnings: present === undefined ? ['makes a new series'] : [],
      summary: `push ${series} ${params.value}`,
      noEffect: false,
    };
  },

  async execute(ctx, { params }, { before, summary }) {
    const { metric, value, labels } = params;
    await new Prometheus(ctx).pushGauge({ job: JOB, name: metric, value, labels, at: before.at });
    const at = new Date(before.at).toISOString();
    return {
      changed: true,
      summary,
      data: { at, value },
      irreversible: [`a sample of ${metric} was written; it stays for the retention of Prometheus`],
    };
  },

  async verify(ctx, { params }, { before }) {
    const series = seriesText(params);
    const [sample] = await new Prometheus(ctx).query(
      `last_over_time(${series}[1s] @ ${(before.at / 1000).toFixed(3)})`,
    );
    if (sample === undefined) return refuted(`Prometheus has no sample of ${series} at that time`);
    return sample.value === params.value
      ? proven(`${series} is ${sample.value}`, { value: sample.value })
      : refuted(`${series} is ${sample.value}`, { value: sample.value });
  },
});

function seriesText({ metric, labels }: z.output<typeof params>): string {
  const matchers = Object.entries({ ...labels, job: JOB }).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${metric}{${matchers.join(', ')}}`;
}
