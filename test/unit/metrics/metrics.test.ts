import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Measure } from '../../../plan/measure';
import { OTHER } from '../../../workers/bounded-label';
import { metricList } from '../../../workers/metric-list';
import { createMetrics } from '../../../workers/metrics';
import { observedQuestions } from '../../../workers/observed-activities';
import { readiness } from '../../../workers/readiness';

const phaseOk: Measure = {
  ...{ type: 'phase', phase: 'execute', result: 'ok' },
  ...{ action: 'scale_deployment', executor: 'kubernetes', cluster: 'prod' },
};

function make(clusters: string[] = ['prod']) {
  const made = createMetrics(clusters);
  const send = (key: string, measure: Measure) => void made.sinks.kubernaut.measure.fn({} as never, { key, measure });
  const lines = async (name: string) =>
    (await made.registry.getSingleMetricAsString(name)).split('\n').filter((line) => line.startsWith(name));
  return { ...made, send, lines };
}

describe('The metrics of a worker', () => {
  test('a measure that comes again, since its workflow task was tried again, is counted once', async () => {
    const { send, lines } = make();
    send('run-1 execute 1', phaseOk);
    send('run-1 execute 1', phaseOk);
    send('run-1 execute 2', phaseOk);
    expect(await lines('kubernaut_action_results_total')).toEqual([
      'kubernaut_action_results_total{action="scale_deployment",executor="kubernetes",phase="execute",result="ok",cluster="prod"} 2',
    ]);
  });

  test('a failed validation counts as such, one that was cancelled does not', async () => {
    const { send, lines } = make();
    send('1', { ...phaseOk, phase: 'validate', result: 'TARGET_NOT_FOUND' } as Measure);
    send('2', { ...phaseOk, phase: 'validate', result: 'CANCELLED' } as Measure);
    send('3', { type: 'plan_refused', code: 'PLAN_INVALID' });
    expect(await lines('kubernaut_validation_failures_total')).toEqual([
      'kubernaut_validation_failures_total{subject="step",code="TARGET_NOT_FOUND"} 1',
      'kubernaut_validation_failures_total{subject="plan",code="PLAN_INVALID"} 1',
    ]);
  });

  test('clusters and results from outside cannot make labels without end', async () => {
    const { send, lines } = make();
    for (let n = 0; n < 80; n++)
      send(`${n}`, { ...phaseOk, cluster: `made-up-${n}`, result: `MADE_UP_${n}` } as Measure);
    send('last', phaseOk);
    const found = await lines('kubernaut_action_results_total');
    expect(found).toHaveLength(52);
    expect(found.at(-2)).toContain(`result="${OTHER}",cluster="${OTHER}"} 30`);
    expect(found.at(-1)).toContain('cluster="prod"} 1');
  });

  test('attempts count one by one, and none stays under way', async () => {
    const { observer, lines } = make();
    const attempt = { action: 'a', executor: 'e', phase: 'execute', cluster: 'prod', waitMs: 250 } as const;
    const first = observer.started(attempt);
    expect(await lines('kubernaut_actions_active')).toEqual([
      'kubernaut_actions_active{action="a",executor="e",cluster="prod",phase="execute"} 1',
    ]);
    first('UNAVAILABLE');
    observer.started(attempt)('ok');
    expect((await lines('kubernaut_actions_active'))[0]).toMatch(/ 0$/);
    expect((await lines('kubernaut_action_attempts_total'))[0]).toMatch(/ 2$/);
    expect(await lines('kubernaut_action_queue_wait_seconds')).toContain(
      'kubernaut_action_queue_wait_seconds_sum{executor="e",cluster="prod"} 0.5',
    );
  });

  test('every question to HolmesGPT is observed with its result', async () => {
    const { observer, lines } = make();
    const fails = (error: Error) => () => Promise.reject(error);
    const answers = observedQuestions({ 'holmesgpt.investigate': async () => 'fine' }, observer);
    await expect(answers['holmesgpt.investigate']!({} as never)).resolves.toBe('fine');
    const errors = [
      ApplicationFailure.create({ type: 'HOLMES_BUSY' }),
      new CancelledFailure('stopped'),
      ApplicationFailure.create({ type: 'SOMETHING_NEW' }),
    ];
    for (const error of errors) {
      const asks = observedQuestions({ 'holmesgpt.follow_up': fails(error) }, observer);
      await expect(asks['holmesgpt.follow_up']!({} as never)).rejects.toBe(error);
    }
    const counts = (await lines('kubernaut_holmesgpt_request_duration_seconds')).filter((line) =>
      line.includes('_count'),
    );
    expect(counts).toEqual([
      'kubernaut_holmesgpt_request_duration_seconds_count{question="investigate",result="ok"} 1',
      'kubernaut_holmesgpt_request_duration_seconds_count{question="follow_up",result="ok"} 0',
      'kubernaut_holmesgpt_request_duration_seconds_count{question="follow_up",result="HOLMES_BUSY"} 1',
      'kubernaut_holmesgpt_request_duration_seconds_count{question="follow_up",result="CANCELLED"} 1',
      'kubernaut_holmesgpt_request_duration_seconds_count{question="follow_up",result="other"} 1',
    ]);
  });

  test('names are ours, units are base units, counters end in _total, and no label names a target', () => {
    for (const { name, type, labels } of Object.values(metricList)) {
      expect(name).toMatch(/^kubernaut_[a-z_]+$/);
      expect(name).not.toMatch(/_(ms|millis|minutes|hours|kb|mb)(_|$)/);
      if (type === 'counter') expect(name).toMatch(/_total$/);
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
      for (const label of labels) expect(label).not.toMatch(/target|namespace|^name$|plan|workflow|person|^by$/);
    }
  });
});

test('a component that is not required is named with its reason, and does not make the worker unready', async () => {
  const fails = async (): Promise<string> => Promise.reject(new Error('it is away'));
  const optional = { component: 'holmesgpt', required: false, probe: fails };
  const fine = { component: 'temporal', probe: async () => 'answers' };
  expect(await readiness([fine, optional])).toEqual({
    ready: true,
    components: [
      { component: 'temporal', ready: true, reason: 'answers' },
      { component: 'holmesgpt', required: false, ready: false, reason: 'it is away' },
    ],
  });
  expect(await readiness([fine, { component: 'cluster', probe: fails }])).toMatchObject({ ready: false });
});
