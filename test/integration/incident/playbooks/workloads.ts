import { kubectl, waitFor } from '../../../setup';
import {
  createNode,
  createWorkload,
  deleteNode,
  podsOf,
  read,
  workload,
  type WorkloadOptions,
} from '../../kubernetes/fixtures';
import type { KubeObject } from '../../../../activities/cluster/cluster';
import type { Place, Scenario } from './scenario';

const ROLLOUT_LABEL = { Deployment: 'deployment', StatefulSet: 'statefulset', DaemonSet: 'daemonset' } as const;
type Kind = keyof typeof ROLLOUT_LABEL;

const imagesOf = (pods: readonly KubeObject[]) =>
  pods.flatMap(({ spec }) => ((spec?.containers ?? []) as { image?: string }[]).map(({ image }) => image ?? ''));
const isReady = ({ status }: KubeObject) =>
  JSON.stringify(status?.conditions ?? []).includes('"type":"Ready"') &&
  ((status?.conditions ?? []) as { type: string; status: string }[]).some(
    (each) => each.type === 'Ready' && each.status === 'True',
  );

/** All of the app's pods run this image, and are ready. */
export function allReady(
  { namespace, name }: Place,
  count: number,
  image = 'registry.test/web:1',
): Promise<KubeObject[]> {
  return waitFor(
    () => podsOf(namespace, name),
    (pods) => pods.length === count && pods.every(isReady) && imagesOf(pods).every((each) => each === image),
    { timeout: 30_000, what: `${count} ready pods of ${name}` },
  );
}

export function podWith({ namespace, name }: Place, text: string): Promise<KubeObject> {
  return waitFor(
    () => podsOf(namespace, name),
    (pods) => pods.some((pod) => JSON.stringify(pod).includes(text)),
    { timeout: 30_000, what: `a pod of ${name} with ${text}` },
  ).then((pods) => pods.find((pod) => JSON.stringify(pod).includes(text))!);
}

const setImage = ({ namespace, name }: Place, kind: Kind, image: string) =>
  kubectl(['set', 'image', `${kind.toLowerCase()}/${name}`, `web=registry.test/web:${image}`, '-n', namespace]);

const badRollout = (
  title: string,
  kind: Kind,
  playbook: string,
  given: { alertname: string; image: string; by: 'pod' | 'workload'; fault: string },
): Scenario => ({
  title,
  playbook,
  async stage(place) {
    const { namespace, name, defer } = place;
    const options: WorkloadOptions = { kind };
    if (kind === 'DaemonSet') {
      const node = await createNode();
      defer(() => deleteNode(node.name));
      options.podSpec = node.podSpec;
    }
    await createWorkload(namespace, name, options);
    await setImage(place, kind, given.image);
    const pod = await podWith(place, given.fault);
    const about: Record<string, string> =
      given.by === 'pod' ? { pod: pod.metadata.name } : { [ROLLOUT_LABEL[kind]]: name };
    return {
      alerts: [{ alertname: given.alertname, namespace, ...about }],
      healthy: async () => void (await allReady(place, kind === 'DaemonSet' ? 1 : 2)),
    };
  },
});

/** One pod of a workload that was not rolled out lately crashes; its template is sound. */
const stuckPod = (kind: Kind): Scenario => ({
  title: `one crashing pod of a ${kind}`,
  playbook: 'crash-looping-pod',
  async stage(place) {
    const { namespace, name } = place;
    await createWorkload(namespace, name, { kind });
    const [pod] = await podsOf(namespace, name);
    await kubectl(['set', 'image', `pod/${pod!.metadata.name}`, 'web=registry.test/web:broken', '-n', namespace]);
    await podWith(place, 'CrashLoopBackOff');
    return {
      alerts: [{ alertname: 'KubePodCrashLooping', namespace, pod: pod!.metadata.name }],
      async healthy() {
        const pods = await allReady(place, 2);
        expect(pods.map(({ metadata }) => metadata.uid)).not.toContain(pod!.metadata.uid);
      },
    };
  },
});

const outOfMemory: Scenario = {
  title: 'memory limit too low',
  playbook: 'out-of-memory',
  async stage(place) {
    const { namespace, name } = place;
    const memory = { memory: '128Mi' };
    const podAnnotations = { 'kubernaut.dev/test-memory-needed': '150Mi' };
    const container = { resources: { requests: memory, limits: memory } };
    await kubectl(['create', '-f', '-'], { input: workload(namespace, name, { podAnnotations, container }) });
    const { metadata } = await podWith(place, 'OOMKilled');
    return {
      alerts: [{ alertname: 'ContainerOOMKilling', namespace, pod: metadata.name, container: 'web' }],
      async healthy() {
        const pods = await allReady(place, 2);
        expect(JSON.stringify(pods)).not.toContain('OOMKilled');
        expect(JSON.stringify((await read('Deployment', name, namespace)).spec)).toContain(
          '"limits":{"memory":"192Mi"}',
        );
      },
    };
  },
};

/** Five alerts of one Deployment: the sweep asserts one remediation of every incident. */
const storm: Scenario = {
  title: 'five crashing pods of one Deployment, five alerts',
  playbook: 'bad-rollout',
  async stage(place) {
    const { namespace, name } = place;
    await createWorkload(namespace, name, { replicas: 5, spec: { strategy: { type: 'Recreate' } } });
    await setImage(place, 'Deployment', 'broken');
    const pods = await waitFor(
      () => podsOf(namespace, name),
      (found) => found.length === 5 && imagesOf(found).every((image) => image.endsWith(':broken')),
      { timeout: 30_000 },
    );
    return {
      alerts: pods.map(({ metadata }) => ({ alertname: 'KubePodCrashLooping', namespace, pod: metadata.name })),
      healthy: async () => void (await allReady(place, 5)),
    };
  },
};

/** The registry refuses without the pull secret: the test plays it, since KWOK goes by the image alone. */
const pullSecretGone: Scenario = {
  title: 'a pull secret was deleted',
  playbook: 'pull-secret-gone',
  async stage(place) {
    const { lab, namespace, name } = place;
    const secret = [
      'create',
      'secret',
      'docker-registry',
      name,
      '--docker-server=registry.test',
      '--docker-username=ann',
    ];
    await kubectl([...secret, '--docker-password=pw', '-n', lab.templates]);
    const options = { image: 'registry.test/web:missing', podSpec: { imagePullSecrets: [{ name }] } };
    await kubectl(['create', '-f', '-'], { input: workload(namespace, name, options) });
    const { metadata } = await podWith(place, 'ImagePullBackOff');
    const data = async (where: string) => (await read('Secret', name, where)) as KubeObject & { data?: object };
    return {
      alerts: [{ alertname: 'ImagePullBackOffPersistent', namespace, pod: metadata.name }],
      async play() {
        await waitFor(
          () => data(namespace),
          () => true,
          { timeout: 60_000, what: 'the pull secret' },
        );
        await waitFor(
          async () => {
            for (const pod of await podsOf(namespace, name)) {
              if (pod.metadata.uid === metadata.uid || !imagesOf([pod])[0]!.endsWith(':missing')) continue;
              await kubectl(['set', 'image', `pod/${pod.metadata.name}`, 'web=registry.test/web:1', '-n', namespace]);
            }
            return podsOf(namespace, name);
          },
          (pods) => pods.length === 2 && imagesOf(pods).every((image) => image.endsWith(':1')) && pods.every(isReady),
          { timeout: 60_000, what: 'pulled images' },
        );
      },
      async healthy() {
        await allReady(place, 2);
        expect((await data(namespace)).data).toEqual((await data(lab.templates)).data);
      },
    };
  },
};

/** Nothing enforces policies here: the test makes the pods ready once the policy is gone. */
const trafficBlocked: Scenario = {
  title: 'a network policy that lets nothing through',
  playbook: 'traffic-blocked',
  async stage(place) {
    const { namespace, name } = place;
    await createWorkload(namespace, name);
    const policy = (of: string, spec: object) => ({
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { namespace, name: of } },
      spec: { podSelector: { matchLabels: { app: name } }, policyTypes: ['Ingress'], ...spec },
    });
    const items = [policy(`${name}-deny`, {}), policy(`${name}-allow`, { ingress: [{ from: [{ podSelector: {} }] }] })];
    await kubectl(['create', '-f', '-'], { input: { apiVersion: 'v1', kind: 'List', items } });
    const annotate = async (text: string) =>
      void (await kubectl(['annotate', 'pods', '-l', `app=${name}`, text, '-n', namespace, '--overwrite']));
    await annotate('kubernaut.dev/test-never-ready=true');
    await waitFor(
      () => read('Deployment', name, namespace),
      ({ status }) => (status?.readyReplicas ?? 0) === 0,
    );
    const policies = () => kubectl(['get', 'networkpolicy', '-n', namespace, '-o', 'name']);
    const allowed = (await read('NetworkPolicy', `${name}-allow`, namespace)).metadata.resourceVersion;
    return {
      alerts: [{ alertname: 'KubeDeploymentReplicasMismatch', namespace, deployment: name }],
      async play() {
        await waitFor(policies, (names) => !names.includes(`${name}-deny`), { timeout: 60_000 });
        await annotate('kubernaut.dev/test-never-ready-');
      },
      async healthy() {
        await allReady(place, 2);
        expect(await policies()).not.toContain(`${name}-deny`);
        expect((await read('NetworkPolicy', `${name}-allow`, namespace)).metadata.resourceVersion).toBe(allowed);
      },
    };
  },
};

export const workloadScenarios: readonly Scenario[] = [
  badRollout('an image that does not exist', 'Deployment', 'bad-rollout', {
    ...{ alertname: 'KubeDeploymentRolloutStuck', image: 'missing', by: 'workload', fault: 'ImagePullBackOff' },
  }),
  badRollout('a crash loop after a change', 'Deployment', 'bad-rollout', {
    ...{ alertname: 'KubePodCrashLooping', image: 'broken', by: 'pod', fault: 'CrashLoopBackOff' },
  }),
  badRollout('a StatefulSet that crashes after a change', 'StatefulSet', 'bad-rollout-statefulset', {
    ...{ alertname: 'KubePodCrashLooping', image: 'broken', by: 'pod', fault: 'CrashLoopBackOff' },
  }),
  badRollout('a stuck DaemonSet', 'DaemonSet', 'bad-rollout-daemonset', {
    ...{ alertname: 'KubeDaemonSetRolloutStuck', image: 'missing', by: 'workload', fault: 'ImagePullBackOff' },
  }),
  stuckPod('Deployment'),
  stuckPod('StatefulSet'),
  outOfMemory,
  storm,
  pullSecretGone,
  trafficBlocked,
];
