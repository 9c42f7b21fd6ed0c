import type { JsonObject } from '../../../plan/json';
import { codeOf, suffix } from '../kubernetes/fixtures';
import { waitFor } from '../../setup';
import { openMonitoringLab, type MonitoringLab } from './monitoring-lab';

let lab: MonitoringLab;
beforeAll(async () => {
  lab = await openMonitoringLab();
  // Prometheus scrapes itself each second; the first sample is the beginning of all queries.
  await waitFor(
    () => lab.get<{ data: { result: unknown[] } }>('/api/v1/query?query=up'),
    ({ data }) => data.result.length > 0,
    { what: 'a first sample' },
  );
});
afterAll(() => lab.close());

async function through(action: string, params: JsonObject, deadlineMs?: number) {
  const run = lab.run(action, params, { deadlineMs });
  const validation = await run.validate();
  const effect = await run.execute(validation);
  return { run, validation, effect, evidence: await run.verify(validation, effect) };
}

describe('query_metric', () => {
  test('a value inside the bounds is proven by the value itself', async () => {
    const { validation, effect, evidence } = await through('query_metric', { query: 'up{job="prometheus"}', above: 0 });
    expect(validation).toMatchObject({ noEffect: false, diff: [], summary: 'up{job="prometheus"} above 0 (now: 1)' });
    expect(effect.changed).toBe(false);
    expect(evidence).toMatchObject({ verified: true, data: { value: 1, count: 1, met: 1 } });
  });

  test('a value outside is refuted when the time to wait is over, naming it', async () => {
    const { evidence, run } = await through('query_metric', {
      ...{ query: 'vector(7)', below: 5, within: '1s', every: '500ms' },
    });
    expect(evidence).toMatchObject({ verified: false, summary: 'vector(7) is 7, not below 5', data: { value: 7 } });
    expect(run.progress).toContain('vector(7) is 7, not below 5');
  });

  test('it must hold for as long as asked, and is asked again and again meanwhile', async () => {
    const started = Date.now();
    const { evidence, run } = await through('query_metric', {
      ...{ query: 'up{job="prometheus"}', above: 0, for: '2s', every: '500ms' },
    });
    expect(evidence).toMatchObject({ verified: true, summary: expect.stringContaining('for 2s') });
    expect(Date.now() - started).toBeGreaterThanOrEqual(2_000);
    expect(run.progress.length).toBeGreaterThanOrEqual(3);
  });

  test('a value that comes into bounds later is waited for', async () => {
    const from = Math.ceil(Date.now() / 1000) + 2;
    const { evidence } = await through('query_metric', { query: `time() - ${from}`, above: 0, every: '500ms' });
    expect(evidence.verified).toBe(true);
    expect(Date.now()).toBeGreaterThanOrEqual(from * 1000);
  });

  test('no data proves nothing, unless that is what is wished for', async () => {
    const query = 'up{job="nobody"}';
    const { validation, evidence } = await through('query_metric', { query, above: 0, within: '0s' });
    expect(validation.warnings).toEqual(['the query gives no series now']);
    expect(evidence).toMatchObject({ verified: false, summary: expect.stringContaining('without data') });
    expect((await through('query_metric', { query, above: 0, noData: 'met' })).evidence.verified).toBe(true);
  });

  test('all series count, or any; NaN is never inside', async () => {
    const query = 'label_replace(vector(1), "a", "x", "", "") or label_replace(vector(9), "a", "y", "", "")';
    const all = await through('query_metric', { query, below: 5, within: '0s' });
    expect(all.evidence).toMatchObject({ verified: false, data: { count: 2, met: 1, series: [{ value: 9 }] } });
    expect((await through('query_metric', { query, below: 5, series: 'any' })).evidence.verified).toBe(true);
    const nan = await through('query_metric', { query: 'vector(0) / 0', below: 5, within: '0s' });
    expect(nan.evidence).toMatchObject({ verified: false, data: { value: 'NaN' } });
  });

  test('the deadline ends the wait with the last reading', async () => {
    const { evidence } = await through('query_metric', { query: 'vector(7)', below: 5, every: '500ms' }, 1_500);
    expect(evidence).toMatchObject({ verified: false, data: { value: 7 } });
  });

  test('a cancelled wait ends at once', async () => {
    const run = lab.run('query_metric', { query: 'vector(7)', below: 5 });
    const validation = await run.validate();
    const effect = await run.execute(validation);
    const verifying = codeOf(run.verify(validation, effect));
    await waitFor(
      () => run.progress,
      ({ length }) => length > 0,
    );
    run.abort.abort();
    expect(await verifying).toMatchObject({ code: 'CANCELLED' });
  });

  test.each<[string, JsonObject, string, string]>([
    ['what is no PromQL', { query: 'sum(up', above: 0 }, 'PARAMS_INVALID', 'error at character'],
    ['no bound', { query: 'up' }, 'PARAMS_INVALID', 'give above, below, or both'],
    ['a bound that is none', { query: 'up', above: 'much' }, 'PARAMS_INVALID', '/above'],
    ['a range', { query: 'up[1m]', above: 0 }, 'REJECTED_BY_SERVER', 'gives a matrix'],
    ['a function that does not exist', { query: 'nosuch(up)', above: 0 }, 'PARAMS_INVALID', 'no PromQL'],
  ])('refuses %s', async (_, params, code, words) => {
    expect(await codeOf(lab.run('query_metric', params).validate())).toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
  });

  test('without a configured Prometheus it refuses', async () => {
    const run = lab.run('query_metric', { query: 'up', above: 0 }, { settings: {} });
    expect(await codeOf(run.validate())).toMatchObject({ code: 'PRECONDITION_FAILED' });
  });
});

describe('check_alert', () => {
  const matchers = (alertname: string): JsonObject[] => [{ name: 'alertname', value: alertname }];

  test('an alert that fires is reported and refutes', async () => {
    const alertname = `Alert${suffix()}`;
    await lab.fire({ alertname, service: 'web' });
    const params = { matchers: matchers(alertname), within: '0s' };
    const { validation, effect, evidence } = await through('check_alert', params);
    expect(validation.summary).toBe(`{alertname="${alertname}"} resolved (now: 1 firing in Alertmanager)`);
    expect(effect.data).toMatchObject({ firing: 1, alerts: [{ labels: { service: 'web' } }] });
    expect(evidence).toMatchObject({ verified: false, summary: expect.stringContaining('1 firing') });
    expect((await through('check_alert', { ...params, expect: 'firing' })).evidence.verified).toBe(true);
  });

  test('a silenced alert still fires', async () => {
    const alertname = `Alert${suffix()}`;
    await lab.fire({ alertname });
    await through('silence_alert', { matchers: matchers(alertname), duration: '1m' });
    const { evidence } = await through('check_alert', { matchers: matchers(alertname), within: '0s' });
    expect(evidence.verified).toBe(false);
  });

  test('it waits until the alert has resolved', async () => {
    const alertname = `Alert${suffix()}`;
    await lab.fire({ alertname });
    const run = lab.run('check_alert', { matchers: matchers(alertname), every: '500ms' });
    const validation = await run.validate();
    const effect = await run.execute(validation);
    const verifying = run.verify(validation, effect);
    await waitFor(
      () => run.progress,
      ({ length }) => length > 0,
    );
    await lab.fire({ alertname }, -1);
    expect(await verifying).toMatchObject({ verified: true, data: { firing: 0 } });
  });
});

describe('push_metric', () => {
  test('the sample is there afterwards, once, however often it is pushed', async () => {
    const metric = `pushed_${suffix()}`;
    const run = lab.run('push_metric', { metric, value: 4.5, labels: { service: 'web "x"' } });
    const validation = await run.validate();
    expect(validation.warnings).toEqual(['makes a new series']);
    const series = async () =>
      (await lab.get<{ data: { result: unknown[] } }>(`/api/v1/query?query=${metric}[5m]`)).data.result;
    expect(await series()).toEqual([]);
    const effect = await run.execute(validation);
    expect(await run.execute(validation, 2)).toEqual(effect);
    expect(await series()).toMatchObject([
      { metric: { job: 'kubernaut', service: 'web "x"' }, values: [[expect.any(Number), '4.5']] },
    ]);
    expect(await run.verify(validation, effect)).toMatchObject({ verified: true, data: { value: 4.5 } });
    expect(effect.irreversible).toHaveLength(1);
    const other = lab.run('push_metric', { metric, value: 6, labels: { service: 'web "x"' } });
    const unpushed = await other.validate();
    expect(unpushed.diff).toMatchObject([{ before: '4.5', after: '6' }]);
    expect(await other.verify(unpushed, effect)).toMatchObject({ verified: false });
  });

  test.each<[string, JsonObject]>([
    ['a name that is none', { metric: 'a-b', value: 1 }],
    ['a value that is none', { metric: 'a', value: 'much' }],
    ['the label of the job', { metric: 'a', value: 1, labels: { job: 'x' } }],
  ])('refuses %s', async (_, params) => {
    expect(await codeOf(lab.run('push_metric', params).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
  });
});
