import type { Target } from '../../../../plan/model';
import { NotApplicable, type Stage } from '../../../conformance/fixture';
import { PAUSE_IMAGE } from '../../../conformance/staging-workloads';

const KWOK = 'kwok.x-k8s.io/v1alpha1';

/** A running pod in which commands are really run: as processes of KWOK's, in a folder of this machine. */
export async function stageExecPod(stage: Stage, folder: string): Promise<Omit<Target, 'cluster'>> {
  const { kube, namespace, name } = stage;
  await kube.discovery.resolve('Exec', KWOK).catch(() => {
    throw new NotApplicable('there is no KWOK here that would run a command (`npm run conformance` has one)');
  });
  const pod = { apiVersion: 'v1', kind: 'Pod', namespace, name: name('web') };
  const metadata = { namespace, name: pod.name };
  // Before the pod, so that KWOK knows it by the time that the pod runs.
  await kube.create({ apiVersion: KWOK, kind: 'Exec', metadata, spec: { execs: [{ local: { workDir: folder } }] } });
  const containers = [{ name: 'web', image: PAUSE_IMAGE }];
  await kube.create({ ...pod, metadata, spec: { terminationGracePeriodSeconds: 1, containers } });
  await kube.until(`${pod.name} running`, async () =>
    JSON.stringify((await kube.get(pod)).status ?? {}).includes('"running"') ? true : undefined,
  );
  return pod;
}
