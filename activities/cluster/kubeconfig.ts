import { existsSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { KubernautError } from '../../plan/errors';

/**
 * Which cluster, said by a person or a deployment. Nothing is chosen implicitly: without a kubeconfig, a context or
 * `inCluster` there is no connection, because a cluster that nobody named must never be touched.
 */
export interface ClusterSource {
  /** Path of a kubeconfig. Its `current-context` counts when `context` is absent: whoever names the file names that too. */
  kubeconfig?: string;
  /** Context in `kubeconfig`, or, without one, in the person's own (`KUBECONFIG`, else `~/.kube/config`). */
  context?: string;
  /** Use the ServiceAccount of the pod that we run in. Excludes the other two. */
  inCluster?: boolean;
}

/** Loads the chosen kubeconfig with its context selected. Throws `PRECONDITION_FAILED` saying what is missing. */
export function loadKubeConfig(source: ClusterSource): KubeConfig {
  const config = new KubeConfig();
  if (source.inCluster) {
    if (source.kubeconfig || source.context) throw refusal('inCluster excludes kubeconfig and context');
    if (!process.env.KUBERNETES_SERVICE_HOST)
      throw refusal('not running in a pod (KUBERNETES_SERVICE_HOST is not set)');
    config.loadFromCluster();
    return config;
  }
  if (!source.kubeconfig && !source.context) throw refusal('no kubeconfig, context or inCluster given');
  if (source.kubeconfig) {
    if (!existsSync(source.kubeconfig)) throw refusal(`kubeconfig ${source.kubeconfig} does not exist`);
    config.loadFromFile(source.kubeconfig);
  } else {
    config.loadFromDefault();
  }
  const context = source.context ?? config.getCurrentContext();
  if (!config.getContextObject(context)) {
    const known = config.getContexts().map((each) => each.name);
    throw refusal(`no context ${JSON.stringify(context)}; there are: ${known.join(', ') || 'none'}`);
  }
  config.setCurrentContext(context);
  if (!config.getCurrentCluster())
    throw refusal(`context ${context} names a cluster that the kubeconfig does not have`);
  return config;
}

function refusal(why: string): KubernautError {
  return new KubernautError('PRECONDITION_FAILED', `no cluster chosen: ${why}`, {
    remedy: 'Name the cluster explicitly: kubeconfig and context, or inCluster.',
  });
}
