import { join } from 'node:path';
import type { ConnectedCluster } from '../../../activities/cluster/connect';
import { defaultActionSettings } from '../../../config/action-settings';
import { actionRulesSchema } from '../../../config/sections/action-rules';
import { packageRoot } from '../../../tools/package-root';
import { createNamespace, kubectl } from '../../setup';
import { Lab } from '../engine/lab';
import { k8sStep, labPlan } from '../engine/lab-plan';
import { apply, connectTestCluster, read } from '../kubernetes/fixtures';

/** In `kubernaut.yaml` of the worker. */
const rules = actionRulesSchema.parse([
  {
    name: 'no-red',
    reason: 'red means closed',
    actions: ['set_label'],
    clusters: ['te*'],
    environments: ['production'],
    changes: { '/metadata/labels/team': { oneOf: ['blue', 'green'] } },
  },
]);

let lab: Lab;
let cluster: ConnectedCluster;
let namespace: string;

beforeAll(async () => {
  cluster = connectTestCluster();
  lab = await Lab.open({
    actions: [],
    plugins: [join(packageRoot(), 'examples', 'plugin-labels')],
    clusters: new Map([['test', cluster]]),
    settingsFor: () => ({ ...defaultActionSettings, rules, environment: 'production' }),
  });
  namespace = await createNamespace('plugin');
});
afterAll(async () => {
  await lab?.close();
  cluster?.close();
  await kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

async function configMap(name: string) {
  await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name } });
  return { kind: 'ConfigMap', namespace, name };
}
const label = (id: string, target: Awaited<ReturnType<typeof configMap>>, value: string) =>
  k8sStep(id, 'set_label', target, { label: 'team', value });
const labels = async (name: string) => (await read('ConfigMap', name, namespace)).metadata.labels;

test('an action of a plugin runs on the task queue of its own executor', async () => {
  const target = await configMap('one');
  const { id } = await lab.remediations.start(labPlan([label('a', target, 'blue')], { cluster: 'test' }));
  expect(await lab.remediations.result(id)).toMatchObject({ outcome: 'succeeded' });
  expect(await labels('one')).toEqual({ team: 'blue' });
  const { events } = await lab.client.workflow.getHandle(id).fetchHistory();
  const queues = (events ?? [])
    .flatMap((event) => event.activityTaskScheduledEventAttributes ?? [])
    .filter(({ activityType }) => activityType?.name?.startsWith('set_label.'))
    .map(({ taskQueue }) => taskQueue?.name);
  expect(new Set(queues)).toEqual(new Set(['kubernaut.test.labels']));
});

test('a rule of the worker denies a step by what it would change, and names itself; nothing is changed', async () => {
  const target = await configMap('two');
  const { id } = await lab.remediations.start(labPlan([label('a', target, 'red')], { cluster: 'test' }));
  const result = await lab.remediations.result(id);
  expect(result.outcome).not.toBe('succeeded');
  expect(JSON.stringify(result)).toContain('ACTION_DENIED');
  expect(JSON.stringify(result)).toContain('rule no-red: /metadata/labels/team is');
  expect(await labels('two')).toBeUndefined();
});
