import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRegistry } from '../../../activities/actions';
import { offeredActions } from '../../../activities/investigation/offered-actions';
import { parseAlertmanagerWebhook } from '../../../client/bridge/alertmanager';
import { checkPlan } from '../../../plan/check';
import { decideRemedy, holmesAnswer, planOfRemedy, readAnswer } from '../../../plan/investigation';

const root = join(__dirname, '..', '..', '..');
const example = (path: string): unknown => JSON.parse(readFileSync(join(root, 'examples', path), 'utf8'));

test('the example alert and the example answer make a plan that is valid and asks a person', () => {
  const [result] = parseAlertmanagerWebhook(example('alerts/crash-looping.json'));
  expect(result).toMatchObject({
    ok: true,
    alert: { labels: { alertname: 'KubePodCrashLooping', namespace: 'shop' } },
  });
  const registry = createRegistry();
  const scope = { cluster: 'dev', objects: [], namespaces: ['shop'], alerts: ['KubePodCrashLooping'] };
  const actions = offeredActions(registry, { withhold: [] }, scope);
  const answer = holmesAnswer(example('holmesgpt/crash-looping.json'));
  expect(answer.tools.map(({ name }) => name)).toEqual(['kubectl_describe', 'kubectl_previous_logs']);
  const investigation = readAnswer(answer, { scope, actions });
  const decision = decideRemedy(investigation);
  if (decision.kind === 'escalate') throw new Error(decision.reason);
  const { document } = planOfRemedy(decision, investigation, { cluster: 'dev', title: 'KubePodCrashLooping' });
  expect(checkPlan(document, { actions: registry })).toMatchObject({
    ok: true,
    plan: { spec: { approval: { required: true }, steps: [{ id: 'primary', action: 'rollback_deployment' }] } },
  });
});

test('a bad alert does not take its neighbours down', () => {
  const body = example('alerts/crash-looping.json') as { alerts: unknown[] };
  const results = parseAlertmanagerWebhook({ ...body, alerts: [{ status: 'firing' }, body.alerts[0], 'x'] });
  expect(results.map(({ ok }) => ok)).toEqual([false, true, false]);
  expect(() => parseAlertmanagerWebhook({ version: '3', alerts: [] })).toThrow(
    /not an Alertmanager webhook of version 4/,
  );
});
