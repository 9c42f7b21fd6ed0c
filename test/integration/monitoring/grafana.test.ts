import type { JsonObject } from '../../../plan/json';
import { codeOf, suffix } from '../kubernetes/fixtures';
import { startFakeGrafana, type FakeGrafana } from '../../../activities/executors/monitoring/conformance/fake-grafana';
import { openMonitoringLab, type MonitoringLab } from './monitoring-lab';

const TOKEN = 'glsa_secret_of_the_test';
let lab: MonitoringLab;
let grafana: FakeGrafana;
beforeAll(async () => {
  process.env['TEST_GRAFANA_TOKEN'] = TOKEN;
  lab = await openMonitoringLab();
  grafana = await startFakeGrafana(TOKEN, lab.servers.alertmanagerUrl);
});
afterAll(async () => {
  delete process.env['TEST_GRAFANA_TOKEN'];
  await grafana.close();
  await lab.close();
});

const run = (action: string, params: JsonObject, env = 'TEST_GRAFANA_TOKEN') =>
  lab.run(action, params, {
    settings: { monitoring: lab.settings({ grafana: { url: `${grafana.url}/`, token: { env } } }) },
  });

function rule(): string {
  const uid = `rule-${suffix()}`;
  const model = {
    uid,
    title: `Rule ${uid}`,
    isPaused: false,
    updated: '2026-01-01T00:00:00Z',
    annotations: { summary: 's' },
  };
  grafana.rules.set(uid, model);
  return uid;
}

function dashboard(): string {
  const uid = `board-${suffix()}`;
  const model = {
    id: 1,
    uid,
    title: `Board ${uid}`,
    version: 1,
    time: { from: 'now-1h', to: 'now' },
    panels: [{ id: 1 }],
  };
  grafana.dashboards.set(uid, { dashboard: model, folderUid: 'shop', messages: [] });
  return uid;
}

describe('grafana_annotate', () => {
  test('twice makes one annotation; the undo removes it, once; somebody’s edit is left alone', async () => {
    const params = { text: `restart ${suffix()}`, tags: ['shop'] };
    const one = run('grafana_annotate', params);
    const mine = () => grafana.annotations.filter(({ text }) => text === params.text);
    const validation = await one.validate();
    expect(mine()).toEqual([]);
    const effect = await one.execute(validation);
    expect(await one.execute(validation, 2)).toEqual(effect);
    expect(mine()).toMatchObject([{ tags: ['kubernaut', 'shop', `kubernaut:${one.step.operationId}`] }]);
    expect(await one.verify(validation, effect)).toMatchObject({ verified: true });
    expect(await one.rollback(validation)).toMatchObject({ changed: true });
    expect(mine()).toEqual([]);
    expect(await one.rollback(validation)).toMatchObject({ changed: false });
    expect(await one.verify(validation, effect)).toMatchObject({ verified: false });

    await one.execute(validation);
    mine()[0]!['text'] = 'edited';
    expect(await codeOf(one.rollback(validation))).toMatchObject({ code: 'UNDO_CONFLICT' });
  });

  test('an unknown dashboard and a panel without one are refused', async () => {
    expect(await codeOf(run('grafana_annotate', { text: 'x', dashboard: 'nope' }).validate())).toMatchObject({
      code: 'TARGET_NOT_FOUND',
    });
    expect(await codeOf(run('grafana_annotate', { text: 'x', panel: 3 }).validate())).toMatchObject({
      code: 'PARAMS_INVALID',
    });
  });

  test('a wrong token is named by its server and never shown', async () => {
    process.env['TEST_GRAFANA_WRONG'] = 'not-it';
    const refused = await codeOf(run('grafana_annotate', { text: 'x' }, 'TEST_GRAFANA_WRONG').validate());
    delete process.env['TEST_GRAFANA_WRONG'];
    expect(refused).toMatchObject({ code: 'UNAUTHORIZED', message: expect.stringContaining('Invalid API key') });
    expect(refused.message).not.toContain('not-it');
    expect(await codeOf(run('grafana_annotate', { text: 'x' }, 'TEST_GRAFANA_NONE').validate())).toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
    expect(await codeOf(lab.run('grafana_annotate', { text: 'x' }).validate())).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: 'no grafana is configured for this cluster',
    });
  });
});

describe('grafana_pause_alert', () => {
  test('twice writes once, the rule stays editable, and the undo restores it', async () => {
    const uid = rule();
    const before = grafana.rules.get(uid);
    const one = run('grafana_pause_alert', { rule: uid });
    const writes = () => grafana.writes.filter((each) => each.includes(uid)).length;
    const validation = await one.validate();
    expect(writes()).toBe(0);
    const effect = await one.execute(validation);
    expect(await one.execute(validation, 2)).toEqual(effect);
    expect(writes()).toBe(1);
    expect(grafana.rules.get(uid)).toMatchObject({ isPaused: true, provenance: '', title: `Rule ${uid}` });
    expect(await one.verify(validation, effect)).toMatchObject({ verified: true });
    expect(await one.rollback(validation)).toMatchObject({ changed: true });
    expect(grafana.rules.get(uid)).toMatchObject({ isPaused: false, annotations: before!['annotations'] });
    expect(await one.rollback(validation)).toMatchObject({ changed: false });
    expect(await run('grafana_pause_alert', { rule: uid, paused: false }).validate()).toMatchObject({ noEffect: true });
  });

  test('a save in between stops the execute; somebody else’s pause is not undone', async () => {
    const uid = rule();
    const one = run('grafana_pause_alert', { rule: uid });
    const validation = await one.validate();
    expect(await one.rollback(validation)).toMatchObject({ changed: false });
    grafana.rules.set(uid, { ...grafana.rules.get(uid), isPaused: true, updated: '2026-02-02T00:00:00Z' });
    expect(await codeOf(one.execute(validation))).toMatchObject({ code: 'TARGET_CHANGED' });
    expect(await codeOf(one.rollback(validation))).toMatchObject({ code: 'UNDO_CONFLICT' });
    expect(await codeOf(run('grafana_pause_alert', { rule: 'nope' }).validate())).toMatchObject({
      code: 'TARGET_NOT_FOUND',
    });
  });
});

describe('grafana_update_dashboard', () => {
  const patch = { time: { from: 'now-6h' }, refresh: '10s', title: null };

  test('only what the patch names changes, once, and the undo brings exactly that back', async () => {
    const uid = dashboard();
    const before = grafana.dashboards.get(uid)!.dashboard;
    const one = run('grafana_update_dashboard', { dashboard: uid, patch });
    const validation = await one.validate();
    expect(validation.diff.map(({ path }) => path)).toEqual(['/time/from', '/refresh', '/title']);
    const effect = await one.execute(validation);
    expect(await one.execute(validation, 2)).toEqual(effect);
    const { dashboard: after, messages } = grafana.dashboards.get(uid)!;
    expect(after).toEqual({
      id: 1,
      uid,
      version: 2,
      time: { from: 'now-6h', to: 'now' },
      panels: [{ id: 1 }],
      refresh: '10s',
    });
    expect(messages).toEqual([`kubernaut ${one.step.operationId}`]);
    expect(await one.verify(validation, effect)).toMatchObject({ verified: true });
    expect(await one.rollback(validation)).toMatchObject({ changed: true });
    expect({ ...grafana.dashboards.get(uid)!.dashboard, version: 1 }).toEqual(before);
    expect(await one.rollback(validation)).toMatchObject({ changed: false });
  });

  test('others’ changes of other members are kept; of the same members they win', async () => {
    const uid = dashboard();
    const board = grafana.dashboards.get(uid)!;
    const one = run('grafana_update_dashboard', { dashboard: uid, patch: { refresh: '10s' } });
    const validation = await one.validate();
    board.dashboard = { ...board.dashboard, version: 5, tags: ['theirs'] };
    board.messages.push('mine');
    const effect = await one.execute(validation);
    expect(board.dashboard).toMatchObject({ refresh: '10s', tags: ['theirs'], version: 6 });
    board.dashboard = { ...board.dashboard, version: 7, refresh: '1m' };
    expect(await codeOf(one.rollback(validation, effect))).toMatchObject({ code: 'UNDO_CONFLICT' });
    expect(await one.verify(validation, effect)).toMatchObject({ verified: false });
    expect(await codeOf(one.execute(validation))).toMatchObject({ code: 'TARGET_CHANGED' });
  });

  test.each<[string, JsonObject]>([
    ['an empty patch', {}],
    ['another uid', { uid: 'x' }],
    ['another version', { version: 3 }],
    ['a patch beyond 16 KiB', { description: 'x'.repeat(17_000) }],
  ])('refuses %s', async (_, wrong) => {
    const params = { dashboard: dashboard(), patch: wrong };
    expect(await codeOf(run('grafana_update_dashboard', params).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
  });
});

describe('grafana_silence', () => {
  test('sets one silence in Grafana’s Alertmanager and ends it again', async () => {
    const alertname = `Alert${suffix()}`;
    await lab.fire({ alertname });
    const one = run('grafana_silence', { matchers: [{ name: 'alertname', value: alertname }] });
    const mine = async () =>
      (await lab.silences()).filter(({ matchers }) => matchers.some(({ value }) => value === alertname));
    const validation = await one.validate();
    expect(await mine()).toEqual([]);
    const effect = await one.execute(validation);
    expect(await one.execute(validation, 2)).toEqual(effect);
    expect(await mine()).toMatchObject([{ status: { state: 'active' } }]);
    expect(await one.verify(validation, effect)).toMatchObject({ verified: true, data: { suppressed: 1 } });
    expect(await one.rollback(validation)).toMatchObject({ changed: true });
    expect(await mine()).toMatchObject([{ status: { state: 'expired' } }]);
  });
});
