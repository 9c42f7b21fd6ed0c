import { connectCluster, type ConnectedCluster } from '../../../activities/cluster/connect';
import { kubernetesActions } from '../../../activities/executors/kubernetes';
import { type CliRun, type MemoryIoOptions, runInMemory } from '../../../client/cli/memory-io';
import { Lab, type LabOptions } from '../engine/lab';
import { createNamespace, kubectl, kubectlJson, testEnvironment } from '../../setup';

export function withAllRights(): Promise<ConnectedCluster> {
  const { kubeconfig, context } = testEnvironment();
  return Promise.resolve(connectCluster({ name: 'default', kubeconfig, context }));
}

/** A worker with the real actions on the real cluster, in a Temporal namespace of its own, and the CLI pointed at both. */
export class CliLab {
  private constructor(
    readonly lab: Lab,
    private readonly cluster: ConnectedCluster,
    /** Kubernetes namespace with a Deployment `web` of two replicas. */
    readonly namespace: string,
  ) {}

  /** `connect`: as whom the worker acts. Default: with all rights. */
  static async open(
    connect: (namespace: string) => Promise<ConnectedCluster> = withAllRights,
    more: Pick<LabOptions, 'policy'> = {},
  ): Promise<CliLab> {
    const namespace = await createNamespace('cli');
    const cluster = await connect(namespace);
    const clusters = new Map([['default', cluster]]);
    const lab = await Lab.open({ actions: [...kubernetesActions], clusters, ...more });
    await kubectl(['-n', namespace, 'create', 'deployment', 'web', '--image=nginx', '--replicas=2']);
    return new CliLab(lab, cluster, namespace);
  }

  /** `kubernaut <words>`; words with blanks go into `more`. */
  run(words: string, more: readonly string[] = [], options: MemoryIoOptions = {}): Promise<CliRun> {
    const { temporalAddress, kubeconfig, context } = testEnvironment();
    const where = ['--address', temporalAddress, '--namespace', this.lab.namespace];
    // The last of two equal options wins: `more` can say otherwise.
    return runInMemory(
      [...words.split(' '), ...where, '--kubeconfig', kubeconfig, '--context', context, ...more],
      options,
    );
  }

  /** Runs a plan from stdin and returns the id that was printed. */
  async start(plan: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run('run - -o json', [], { stdin: plan });
    if (exitCode !== 0) throw new Error(`run ended with ${exitCode}: ${stderr}`);
    return (JSON.parse(stdout) as { id: string }).id;
  }

  /** A plan that scales `web`, waits for approval when asked to, and then goes on with `steps` (YAML, indented by four). */
  plan(name: string, replicas: number, { approval = false, steps = '' } = {}): string {
    return `apiVersion: kubernaut.dev/v1alpha1
kind: RemediationPlan
metadata: { name: ${name}, reason: more load, requester: alice }
spec:
  approval: { required: ${approval} }
  steps:
    - id: scale
      action: scale_deployment
      target: Deployment/${this.namespace}/web
      params: { replicas: ${replicas} }
${steps}`;
  }

  async replicas(): Promise<number> {
    const web = await kubectlJson<{ spec: { replicas: number } }>(['-n', this.namespace, 'get', 'deployment', 'web']);
    return web.spec.replicas;
  }

  async close(): Promise<void> {
    await this.lab.close();
    this.cluster.close();
  }
}
