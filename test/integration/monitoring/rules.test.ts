import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { JsonObject } from '../../../plan/json';
import type { KubeObject } from '../../../activities/cluster/cluster';
import { installCrds } from '../../../tools/conformance/crds';
import { createNamespace, kubectl, testEnvironment } from '../../setup';
import { apply, codeOf, read, suffix } from '../kubernetes/fixtures';
import { openMonitoringLab, type MonitoringLab } from './monitoring-lab';
import { startRuleOperator, type RuleOperator } from './rule-operator';

// All that makes Prometheus reload is in this one file: a refused file would make the reloads of others fail, too.
let lab: MonitoringLab;
let namespace: string;
let operator: RuleOperator;
beforeAll(async () => {
  lab = await openMonitoringLab();
  await installCrds(testEnvironment(), ['prometheusrules']);
  namespace = await createNamespace('rules');
  operator = startRuleOperator(lab, namespace);
});
afterAll(async () => {
  await operator.stop();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  await lab.close();
});

interface RulesAnswer {
  data: {
    groups: Array<{ name: string; rules: Array<{ name: string; query: string; duration: number; labels: object }> }>;
  };
}
/** What Prometheus works with. */
async function inForce(alert: string) {
  const { data } = await lab.get<RulesAnswer>('/api/v1/rules');
  return data.groups.flatMap(({ rules }) => rules).find(({ name }) => name === alert);
}

/** A rule file of one test's own, with comments as people write them. */
async function ruleFile(alert: string, expr = 'sum(rate(prometheus_http_requests_total[1m])) > 1000') {
  const path = join(lab.servers.ruleFolder, `${alert.toLowerCase()}.yaml`);
  const text = `# rules of team web
groups:
  - name: ${alert}-group
    rules:
      # fires when the shop is busy
      - alert: ${alert}
        expr: ${expr}
        for: 5m # long enough
        labels: { severity: page }
      - record: ${alert.toLowerCase()}:up
        expr: up
`;
  await writeFile(path, text, { mode: 0o640 });
  await chmod(path, 0o640);
  const settings = { monitoring: lab.settings({ rules: { file: path } }) };
  const target = { kind: 'RuleFile', name: basename(path) };
  return {
    ...{ path, text, settings, target },
    content: () => readFile(path, 'utf8'),
    run: (action: string, params: JsonObject, operationId?: string) =>
      lab.run(action, params, { target, settings, operationId }),
  };
}

const files: string[] = [];
afterEach(async () => {
  for (const path of files.splice(0)) await rm(path, { force: true });
});
async function ownFile(alert: string, expr?: string) {
  const file = await ruleFile(alert, expr);
  files.push(file.path);
  return file;
}

describe('rules in a file', () => {
  test('a threshold is changed in the syntax tree, comments stay, Prometheus works with it, and the undo takes it back', async () => {
    const alert = `Busy${suffix()}`;
    const file = await ownFile(alert);
    const run = file.run('update_alert_threshold', { alert, factor: 1.5 });
    const validation = await run.validate();
    expect(validation.summary).toBe(`alert ${alert}: sum(rate(prometheus_http_requests_total[1m])) > 1000 → 1500`);
    expect(validation.warnings).toContain('the new expression would not fire now');
    expect(await file.content()).toBe(file.text);

    const effect = await run.execute(validation);
    const changed = await file.content();
    expect(changed).toContain('expr: sum(rate(prometheus_http_requests_total[1m])) > 1500');
    expect(changed).toContain('# rules of team web');
    expect(changed).toContain('for: 5m # long enough');
    expect(changed.split('\n')[0]).toBe(`# kubernaut.dev/operation-id: ${run.step.operationId}`);
    expect((await stat(file.path)).mode & 0o777).toBe(0o640);
    expect((await inForce(alert))?.query).toBe('sum(rate(prometheus_http_requests_total[1m])) > 1500');
    expect(await run.execute(validation, 2)).toEqual(effect);
    expect(await file.content()).toBe(changed);
    expect(await run.verify(validation, effect)).toMatchObject({
      verified: true,
      data: { query: 'sum(rate(prometheus_http_requests_total[1m])) > 1500' },
    });

    expect(await run.rollback(validation, effect)).toMatchObject({ changed: true });
    expect(await file.content()).toBe(file.text);
    expect((await inForce(alert))?.query).toBe('sum(rate(prometheus_http_requests_total[1m])) > 1000');
    expect(await run.rollback(validation)).toMatchObject({ changed: false });
  });

  test('a change by hand is found out before and after', async () => {
    const alert = `Busy${suffix()}`;
    const file = await ownFile(alert);
    const run = file.run('update_alert_threshold', { alert, value: 7 });
    const validation = await run.validate();
    await writeFile(file.path, file.text.replace('1000', '2000'));
    expect(await codeOf(run.execute(validation))).toMatchObject({ code: 'TARGET_CHANGED' });
    const again = await run.validate();
    const effect = await run.execute(again);
    await writeFile(file.path, (await file.content()).replace('> 7', '> 8'));
    expect(await codeOf(run.rollback(again, effect))).toMatchObject({ code: 'UNDO_CONFLICT' });
    expect(await run.verify(again, effect)).toMatchObject({ verified: false });
    expect(await file.content()).toContain('> 8');
  });

  test('expression, duration and labels: only what is named changes', async () => {
    const alert = `Busy${suffix()}`;
    const file = await ownFile(alert);
    const params = { alert, expr: 'vector(1) > 0', for: '1h', labels: { severity: null, team: 'web' } };
    const run = file.run('update_alert_rule', params);
    const validation = await run.validate();
    expect(validation.warnings).toContain('the new expression would fire now, for 1 series');
    const effect = await run.execute(validation);
    expect(await inForce(alert)).toMatchObject({ query: 'vector(1) > 0', duration: 3600, labels: { team: 'web' } });
    expect((await inForce(alert))?.labels).not.toHaveProperty('severity');
    expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
    expect(await run.rollback(validation)).toMatchObject({ changed: true });
    expect(await inForce(alert)).toMatchObject({ duration: 300, labels: { severity: 'page' } });
    expect(await file.run('update_alert_rule', { alert, for: '5m' }).validate()).toMatchObject({ noEffect: true });
  });

  test('an alert is taken out, and put back at its place', async () => {
    const alert = `Busy${suffix()}`;
    const file = await ownFile(alert);
    await lab.run('reload_prometheus', {}).execute(await lab.run('reload_prometheus', {}).validate());
    expect(await inForce(alert)).toBeDefined();
    const run = file.run('disable_alert_rule', { alert });
    const validation = await run.validate();
    const effect = await run.execute(validation);
    expect(await inForce(alert)).toBeUndefined();
    expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
    expect(await run.rollback(validation, effect)).toMatchObject({ changed: true });
    expect(await inForce(alert)).toMatchObject({ duration: 300, labels: { severity: 'page' } });
    expect(await file.content()).toMatch(/alert: .*[^]*record: /);
  });

  test('an alert is added, in a new group or an old one, and taken away again', async () => {
    const first = `Busy${suffix()}`;
    const file = await ownFile(first);
    for (const group of ['quite-new', `${first}-group`]) {
      const alert = `New${suffix()}`;
      const params = { alert, group, expr: 'up == 0', for: '1m', labels: { severity: 'warning' } };
      const run = file.run('create_alert_rule', params);
      const validation = await run.validate();
      const effect = await run.execute(validation);
      expect(await run.execute(validation, 2)).toMatchObject({ changed: true });
      expect(await inForce(alert)).toMatchObject({ query: 'up == 0', duration: 60, labels: { severity: 'warning' } });
      expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
      expect(await file.run('create_alert_rule', params).validate()).toMatchObject({ noEffect: true });
      expect(await codeOf(file.run('create_alert_rule', { ...params, for: '2m' }).validate())).toMatchObject({
        code: 'PRECONDITION_FAILED',
        message: expect.stringContaining('use update_alert_rule'),
      });
      expect(await run.rollback(validation, effect)).toMatchObject({ changed: true });
      expect(await inForce(alert)).toBeUndefined();
    }
    expect(await inForce(first)).toBeDefined();
  });

  test('what Prometheus refuses is taken back at once', async () => {
    const alert = `Busy${suffix()}`;
    const file = await ownFile(alert);
    const broken = join(lab.servers.ruleFolder, `broken-${suffix()}.yaml`);
    const run = file.run('update_alert_threshold', { alert, value: 7 });
    const validation = await run.validate();
    await writeFile(broken, 'groups: [{name: x, rules: [{alert: Y, expr: "sum("}]}]');
    files.push(broken);
    expect(await codeOf(run.execute(validation))).toMatchObject({ code: 'REJECTED_BY_SERVER' });
    expect(await file.content()).toBe(file.text);
  });

  test.each<[string, string, (alert: string) => JsonObject, string, string]>([
    [
      'an alert that does not exist',
      'update_alert_threshold',
      (a) => ({ alert: `${a}x`, value: 1 }),
      'PRECONDITION_FAILED',
      'did you mean',
    ],
    [
      'a group that does not exist',
      'disable_alert_rule',
      (alert) => ({ alert, group: 'other' }),
      'PRECONDITION_FAILED',
      'in group other',
    ],
    ['two values', 'update_alert_threshold', (alert) => ({ alert, value: 1, by: 1 }), 'PARAMS_INVALID', 'exactly one'],
    [
      'a comparison it has not',
      'update_alert_threshold',
      (alert) => ({ alert, value: 1, comparison: 2 }),
      'PRECONDITION_FAILED',
      'has no comparison 2',
    ],
    ['broken PromQL', 'update_alert_rule', (alert) => ({ alert, expr: 'sum(up' }), 'PARAMS_INVALID', 'no PromQL'],
    [
      'PromQL of the wrong type',
      'update_alert_rule',
      (alert) => ({ alert, expr: 'rate(up)' }),
      'PRECONDITION_FAILED',
      'is refused',
    ],
    [
      'a duration that is none',
      'update_alert_rule',
      (alert) => ({ alert, for: '5 minutes' }),
      'PARAMS_INVALID',
      '/for',
    ],
    ['nothing to change', 'update_alert_rule', (alert) => ({ alert }), 'PARAMS_INVALID', 'at least one'],
  ])('refuses %s', async (_, action, params, code, words) => {
    const alert = `Busy${suffix()}`;
    const file = await ownFile(alert);
    expect(await codeOf(file.run(action, params(alert)).validate())).toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
    expect(await file.content()).toBe(file.text);
  });

  test('an expression with several thresholds, or none, asks which', async () => {
    const alert = `Busy${suffix()}`;
    const file = await ownFile(alert, 'up > 5 and up < 9');
    expect(await codeOf(file.run('update_alert_threshold', { alert, value: 1 }).validate())).toMatchObject({
      message: expect.stringContaining('say which by comparison (1: up > 5; 2: up < 9)'),
    });
    const second = await file.run('update_alert_threshold', { alert, value: 10, comparison: 2 }).validate();
    expect(second.diff).toMatchObject([{ after: 'up > 5 and up < 10' }]);
    const plain = await ownFile(`Busy${suffix()}`, 'absent(up)');
    const name = /alert: (\S+)/.exec(plain.text)![1]!;
    expect(await codeOf(plain.run('update_alert_threshold', { alert: name, value: 1 }).validate())).toMatchObject({
      message: expect.stringContaining('compares nothing with a number'),
    });
  });

  test('no file configured, another file, a missing file: refused by name', async () => {
    const params = { alert: 'A', value: 1 };
    const target = { kind: 'RuleFile', name: 'elsewhere.yaml' };
    expect(await codeOf(lab.run('update_alert_threshold', params, { target }).validate())).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: 'no rule file is configured for this cluster',
    });
    const settings = { monitoring: lab.settings({ rules: { file: join(lab.servers.ruleFolder, 'missing.yaml') } }) };
    expect(await codeOf(lab.run('update_alert_threshold', params, { target, settings }).validate())).toMatchObject({
      code: 'TARGET_NOT_FOUND',
      message: expect.stringContaining('kubernaut.yaml names missing.yaml'),
    });
    const missing = { kind: 'RuleFile', name: 'missing.yaml' };
    expect(
      await codeOf(lab.run('update_alert_threshold', params, { target: missing, settings }).validate()),
    ).toMatchObject({
      code: 'TARGET_NOT_FOUND',
    });
  });
});

describe('actions on a PrometheusRule', () => {
  test('what others change of it before is not overwritten, nor is what they change afterwards', async () => {
    const name = `rule-${suffix()}`;
    const alert = `Alert${suffix()}`;
    await apply({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { namespace, name },
      spec: { groups: [{ name: `${name}-group`, rules: [{ alert, expr: 'up > 5' }] }] },
    });
    const setTo = (value: string) => {
      const patch = JSON.stringify([{ op: 'replace', path: '/spec/groups/0/rules/0/expr', value }]);
      return kubectl(['patch', 'prometheusrule', name, '-n', namespace, '--type=json', '-p', patch]);
    };
    const expr = () =>
      kubectl(['get', 'prometheusrule', name, '-n', namespace, '-o', 'jsonpath={.spec.groups[0].rules[0].expr}']);
    const target = { kind: 'PrometheusRule', namespace, name };
    const run = lab.run('update_alert_threshold', { alert, value: 3 }, { target });
    const stale = await run.validate();
    await setTo('up > 9');
    expect(await codeOf(run.execute(stale))).toMatchObject({ code: 'TARGET_CHANGED' });
    expect(await expr()).toBe('up > 9');
    const validation = await run.validate();
    const effect = await run.execute(validation);
    expect(await expr()).toBe('up > 3');
    await setTo('up > 8');
    const conflict = await codeOf(run.rollback(validation, effect));
    expect(conflict).toMatchObject({ code: 'UNDO_CONFLICT', message: expect.stringContaining('kubectl') });
    expect(await expr()).toBe('up > 8');
  });

  test.each<[string, JsonObject]>([
    ['update_alert_rule', { annotations: { summary: 'changed' }, for: '2m' }],
    ['update_alert_threshold', { value: 3 }],
    ['disable_alert_rule', {}],
    ['create_alert_rule', { group: 'added', expr: 'up == 0' }],
  ])('%s is in force after the operator’s sync, and the undo restores the object', async (action, params) => {
    const name = `rule-${suffix()}`;
    const alert = `Alert${suffix()}`;
    const rules = [
      { alert: 'Other', expr: 'up > 7' },
      { alert, expr: 'up > 5' },
    ];
    await apply({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { namespace, name },
      spec: { groups: [{ name: `${name}-group`, rules }] },
    });
    await operator.synced();
    const specOf = async () => ((await read('PrometheusRule', name, namespace)) as KubeObject).spec;
    const before = await specOf();
    const target = { kind: 'PrometheusRule', namespace, name };
    const wanted = action === 'create_alert_rule' ? `New${suffix()}` : alert;
    const run = lab.run(action, { alert: wanted, ...params }, { target });
    const validation = await run.validate();
    expect(await specOf()).toEqual(before);
    const effect = await run.execute(validation);
    expect(await run.execute(validation, 2)).toEqual(effect);
    expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
    if (action === 'disable_alert_rule') expect(await inForce(wanted)).toBeUndefined();
    else expect(await inForce(wanted)).toBeDefined();
    expect(await run.rollback(validation, effect)).toMatchObject({ changed: true });
    expect(await specOf()).toEqual(before);
    expect(await run.verify(validation, effect)).toMatchObject({ verified: false });
  });
});

describe('check_alert with Prometheus', () => {
  const matchers = (alertname: string): JsonObject[] => [{ name: 'alertname', value: alertname }];

  test('what only Prometheus makes firing is not resolved', async () => {
    const monitoring = lab.settings();
    const alertname = `Alert${suffix()}`;
    const file = join(lab.servers.ruleFolder, `${alertname}.yaml`);
    await writeFile(
      file,
      JSON.stringify({ groups: [{ name: alertname, rules: [{ alert: alertname, expr: 'vector(1)' }] }] }),
    );
    try {
      const reload = lab.run('reload_prometheus', {}, { settings: { monitoring } });
      const reloading = await reload.validate();
      await reload.execute(reloading);
      const run = lab.run('check_alert', { matchers: matchers(alertname), expect: 'firing', every: '500ms' });
      const validation = await run.validate();
      expect(await run.verify(validation, await run.execute(validation))).toMatchObject({ verified: true });
    } finally {
      await rm(file);
    }
  });
});

describe('reload_prometheus', () => {
  test('a rule on disk is in force afterwards, and not before', async () => {
    const alert = `Alert${suffix()}`;
    const file = join(lab.servers.ruleFolder, `${alert}.yaml`);
    const rules = () => lab.get<object>('/api/v1/rules').then((answer) => JSON.stringify(answer));
    await writeFile(file, JSON.stringify({ groups: [{ name: alert, rules: [{ alert, expr: 'vector(0) > 1' }] }] }));
    try {
      const run = lab.run('reload_prometheus', {});
      const validation = await run.validate();
      expect(await rules()).not.toContain(alert);
      const effect = await run.execute(validation);
      expect(await rules()).toContain(alert);
      expect(effect.irreversible).toHaveLength(1);
      expect(await run.verify(validation, effect)).toMatchObject({ verified: true });
      expect(await run.execute(validation, 2)).toMatchObject({ changed: true });
      expect(await codeOf(run.rollback(validation, effect))).toMatchObject({ code: 'UNDO_IMPOSSIBLE' });
    } finally {
      await rm(file);
    }
  });

  test('a configuration that Prometheus refuses is an error with its reason', async () => {
    const file = join(lab.servers.ruleFolder, `broken-${suffix()}.yaml`);
    await writeFile(file, 'groups: [{name: x, rules: [{alert: Y, expr: "sum("}]}]');
    const run = lab.run('reload_prometheus', {});
    const validation = await run.validate();
    try {
      expect(await codeOf(run.execute(validation))).toMatchObject({ code: 'REJECTED_BY_SERVER' });
      const effect = { changed: true, summary: 'x', data: {} };
      expect(await run.verify(validation, effect)).toMatchObject({ verified: false });
    } finally {
      await rm(file);
      await run.execute(validation);
    }
  });
});
