import axios from 'axios';
import type { JsonObject } from '../../../plan/json';
import { codeOf, suffix } from '../kubernetes/fixtures';
import { openMonitoringLab, type MonitoringLab } from './monitoring-lab';

let lab: MonitoringLab;
beforeAll(async () => {
  lab = await openMonitoringLab();
});
afterAll(() => lab.close());

/** An alert name of one test's own. */
const own = () => `Alert${suffix()}`;
const on = (alertname: string): JsonObject[] => [{ name: 'alertname', value: alertname }];
const ofAlert = async (alertname: string) =>
  (await lab.silences()).filter(({ matchers }) => matchers.some(({ value }) => value === alertname));
const living = async (alertname: string) => (await ofAlert(alertname)).filter((each) => each.status.state === 'active');

/** Somebody else, by the API alone. */
async function put(silence: object): Promise<string> {
  const { data } = await axios.post<{ silenceID: string }>(`${lab.servers.alertmanagerUrl}/api/v2/silences`, silence);
  return data.silenceID;
}

async function silenceOf(alertname: string, minutes = 60): Promise<string> {
  const now = Date.now();
  return put({
    matchers: [{ name: 'alertname', value: alertname, isRegex: false, isEqual: true }],
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(now + minutes * 60_000).toISOString(),
    createdBy: 'ana',
    comment: 'moving house',
  });
}

describe('silence_alert', () => {
  test('validate shows what would fall silent and sets nothing', async () => {
    const alertname = own();
    await lab.fire({ alertname, severity: 'critical' });
    const validation = await lab.run('silence_alert', { matchers: on(alertname) }).validate();
    expect(validation).toMatchObject({ noEffect: false, summary: `silence {alertname="${alertname}"} for 1h` });
    expect(validation.warnings.join()).toContain(`one alert matches now: ${alertname}`);
    expect(validation.warnings.join()).toContain('1 of them critical');
    expect(await ofAlert(alertname)).toEqual([]);
  });

  test('execute twice sets one silence; its alerts are suppressed; rollback ends it, once', async () => {
    const alertname = own();
    await lab.fire({ alertname });
    const run = lab.run('silence_alert', { matchers: on(alertname), duration: '30m', comment: 'node swap' });
    const validation = await run.validate();
    const effect = await run.execute(validation);
    expect(await run.execute(validation, 2)).toEqual(effect);
    const [silence, ...others] = await ofAlert(alertname);
    expect(others).toEqual([]);
    expect(silence).toMatchObject({ id: effect.data['id'], createdBy: 'kubernaut', status: { state: 'active' } });
    expect(silence?.comment).toContain('node swap');
    expect(silence?.comment).toContain(run.step.operationId);
    const minutes = (Date.parse(silence!.endsAt) - Date.parse(silence!.startsAt)) / 60_000;
    expect(minutes).toBeCloseTo(30, 1);
    expect(await run.verify(validation, effect)).toMatchObject({ verified: true, data: { suppressed: 1 } });

    expect(await run.rollback(validation, effect)).toMatchObject({ changed: true });
    expect(await living(alertname)).toEqual([]);
    expect(await run.rollback(validation, effect)).toMatchObject({ changed: false });
    expect(await run.verify(validation, effect)).toMatchObject({ verified: false });
    expect(await codeOf(run.execute(validation, 3))).toMatchObject({ code: 'TARGET_CHANGED' });
  });

  test('rollback without an effect ends the silence, and without any execute does nothing', async () => {
    const alertname = own();
    const run = lab.run('silence_alert', { matchers: on(alertname) });
    const validation = await run.validate();
    expect(await run.rollback(validation)).toMatchObject({ changed: false });
    await run.execute(validation);
    expect(await run.rollback(validation)).toMatchObject({ changed: true });
    expect(await living(alertname)).toEqual([]);
  });

  test('a silence that somebody extended meanwhile is left to them', async () => {
    const alertname = own();
    const run = lab.run('silence_alert', { matchers: on(alertname) });
    const validation = await run.validate();
    const effect = await run.execute(validation);
    const [silence] = await living(alertname);
    await put({ ...silence, endsAt: new Date(Date.now() + 7_200_000).toISOString(), createdBy: 'ana' });
    expect(await codeOf(run.rollback(validation, effect))).toMatchObject({
      code: 'UNDO_CONFLICT',
      message: expect.stringContaining('by ana'),
    });
    expect(await living(alertname)).toHaveLength(1);
  });

  test('an alert that is silenced for long enough already needs nothing', async () => {
    const alertname = own();
    await silenceOf(alertname, 120);
    const run = lab.run('silence_alert', { matchers: on(alertname) });
    const validation = await run.validate();
    expect(validation).toMatchObject({ noEffect: true, diff: [] });
    expect(await run.execute(validation)).toMatchObject({ changed: false });
    expect(await ofAlert(alertname)).toHaveLength(1);
    const longer = await lab.run('silence_alert', { matchers: on(alertname), duration: '3h' }).validate();
    expect(longer.noEffect).toBe(false);
  });

  test.each<[string, JsonObject, string]>([
    ['no matcher', { matchers: [] }, '/matchers'],
    [
      'a matcher that everything satisfies',
      { matchers: [{ name: 'alertname', value: '.*', isRegex: true }] },
      'nearly every',
    ],
    ['one that only excludes', { matchers: [{ name: 'severity', value: 'critical', isEqual: false }] }, 'nearly every'],
    ['a broken regular expression', { matchers: [{ name: 'a', value: '(', isRegex: true }] }, '/matchers/0/value'],
    ['a label that is none', { matchers: [{ name: 'a-b', value: 'x' }] }, '/matchers/0/name'],
    ['no time', { matchers: on('x'), duration: '10s' }, 'between 1m and 168h'],
    ['a time that is none', { matchers: on('x'), duration: 'long' }, '/duration'],
    ['a misspelled parameter', { matchers: on('x'), commnet: 'y' }, '/commnet'],
  ])('refuses %s', async (_, params, words) => {
    expect(await codeOf(lab.run('silence_alert', params).validate())).toMatchObject({
      code: 'PARAMS_INVALID',
      message: expect.stringContaining(words),
    });
  });

  test('without a configured Alertmanager it refuses; one that does not answer is worth another try', async () => {
    const params = { matchers: on('x') };
    expect(await codeOf(lab.run('silence_alert', params, { settings: {} }).validate())).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: 'no alertmanager is configured for this cluster',
    });
    const monitoring = lab.settings({ alertmanager: { url: 'http://127.0.0.1:9' } });
    expect(await codeOf(lab.run('silence_alert', params, { settings: { monitoring } }).validate())).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    const wrong = lab.settings({ alertmanager: { url: lab.servers.prometheusUrl } });
    expect(
      await codeOf(lab.run('silence_alert', params, { settings: { monitoring: wrong } }).validate()),
    ).toMatchObject({
      code: 'TARGET_NOT_FOUND',
    });
  });
});

describe('extend_silence', () => {
  test('moves the end once, keeps the id, and the undo brings end and comment back', async () => {
    const alertname = own();
    const id = await silenceOf(alertname);
    const [before] = await ofAlert(alertname);
    const run = lab.run('extend_silence', { id, by: '1h' });
    const validation = await run.validate();
    expect((await ofAlert(alertname))[0]).toEqual(before);
    const effect = await run.execute(validation);
    expect(await run.execute(validation, 2)).toMatchObject({ changed: true });
    const [now, ...others] = await living(alertname);
    expect(others).toEqual([]);
    expect(now!.id).toBe(id);
    expect(Date.parse(now!.endsAt) - Date.parse(before!.endsAt)).toBe(3_600_000);
    expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
    expect(await run.rollback(validation, effect)).toMatchObject({ changed: true });
    const [restored] = await living(alertname);
    expect({ ...restored, updatedAt: '' }).toEqual({ ...before, updatedAt: '' });
    expect(await run.rollback(validation)).toMatchObject({ changed: false });
  });

  test('somebody else’s later end stays, and an earlier one stops the execute', async () => {
    const alertname = own();
    const id = await silenceOf(alertname);
    const run = lab.run('extend_silence', { id, by: '1h' });
    const validation = await run.validate();
    const effect = await run.execute(validation);
    const [ours] = await living(alertname);
    await put({ ...ours, endsAt: new Date(Date.now() + 10 * 3_600_000).toISOString() });
    expect(await codeOf(run.rollback(validation, effect))).toMatchObject({ code: 'UNDO_CONFLICT' });
    const second = lab.run('extend_silence', { id, by: '1h' });
    const stale = await second.validate();
    await put({ ...(await living(alertname))[0], endsAt: new Date(Date.now() + 5 * 3_600_000).toISOString() });
    expect(await codeOf(second.execute(stale))).toMatchObject({ code: 'TARGET_CHANGED' });
  });

  test('refuses what does not exist, has ended, would get shorter or has no end', async () => {
    const alertname = own();
    const id = await silenceOf(alertname);
    const validate = (params: JsonObject) => codeOf(lab.run('extend_silence', params).validate());
    expect(await validate({ id: '00000000-0000-0000-0000-000000000000', by: '1h' })).toMatchObject({
      code: 'TARGET_NOT_FOUND',
    });
    expect(await validate({ id, until: '2020-01-01T00:00:00Z' })).toMatchObject({ code: 'PRECONDITION_FAILED' });
    expect(await validate({ id })).toMatchObject({ code: 'PARAMS_INVALID' });
    expect(await validate({ id, by: '1h', until: '2099-01-01T00:00:00Z' })).toMatchObject({ code: 'PARAMS_INVALID' });
    expect(await validate({ id, until: '2099-01-01T00:00:00Z' })).toMatchObject({
      message: expect.stringContaining('more than 30 days'),
    });
    await axios.delete(`${lab.servers.alertmanagerUrl}/api/v2/silence/${id}`);
    expect(await validate({ id, by: '1h' })).toMatchObject({ code: 'PRECONDITION_FAILED' });
  });
});

describe('expire_silence', () => {
  test('ends it once; the undo sets one like it up to the same end, once', async () => {
    const alertname = own();
    await lab.fire({ alertname });
    const id = await silenceOf(alertname);
    const run = lab.run('expire_silence', { id });
    const validation = await run.validate();
    expect(validation.warnings).toEqual(['1 firing alerts will be heard again']);
    expect(await living(alertname)).toHaveLength(1);
    const effect = await run.execute(validation);
    expect(await run.execute(validation, 2)).toMatchObject({ changed: true });
    expect(await living(alertname)).toEqual([]);
    expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
    expect(await run.rollback(validation, effect)).toMatchObject({ changed: true });
    expect(await run.rollback(validation)).toMatchObject({ changed: false });
    const [again, ...others] = await living(alertname);
    expect(others).toEqual([]);
    expect(Date.parse(again!.endsAt)).toBe(Date.parse(String((validation.before as JsonObject)['endsAt'])));
    expect(again!.comment).toContain('moving house');
  });

  test('what somebody else ended is not ours to bring back', async () => {
    const alertname = own();
    const id = await silenceOf(alertname);
    const run = lab.run('expire_silence', { id });
    const validation = await run.validate();
    expect(await run.rollback(validation)).toMatchObject({ changed: false });
    await axios.delete(`${lab.servers.alertmanagerUrl}/api/v2/silence/${id}`);
    expect(await run.execute(validation)).toMatchObject({ changed: false });
    expect(await run.rollback(validation)).toMatchObject({ changed: false });
    expect(await living(alertname)).toEqual([]);
    expect(await lab.run('expire_silence', { id }).validate()).toMatchObject({ noEffect: true });
  });
});
