import { KubernautError } from '../../plan/errors';
import type { Cluster } from './cluster';
import { CredentialSource } from './credentials';
import { Discovery } from './discovery';
import { KubeCluster } from './kube-cluster';
import { loadKubeConfig, type ClusterSource } from './kubeconfig';
import { Transport } from './transport';

export interface ConnectOptions extends ClusterSource {
  /** What plans call this cluster (`spec.cluster`, `target.cluster`). */
  name: string;
  /** For every call but watches. Default 30 s. */
  timeoutMs?: number;
}

/** A cluster and the connection to it. */
export interface ConnectedCluster extends Cluster {
  /**
   * The same connection for one activity: when `signal` aborts, reads end at once and no further write is sent, both with
   * `CANCELLED`; a write already under way is let finish, so that its outcome is known.
   */
  boundTo(signal: AbortSignal, onWarning?: (text: string) => void): Cluster;
  /** URL of the API server. */
  readonly server: string;
  /** Closes idle connections. */
  close(): void;
}

/**
 * Opens the cluster that was named; no request is made yet. Throws `PRECONDITION_FAILED` when none was named or the
 * kubeconfig does not have it.
 */
export function connectCluster(options: ConnectOptions): ConnectedCluster {
  const config = loadKubeConfig(options);
  const server = config.getCurrentCluster()?.server;
  if (!server)
    throw new KubernautError('PRECONDITION_FAILED', `cluster ${options.name}: the kubeconfig names no server`);
  const credentials = new CredentialSource(config);
  const transport = new Transport({ server, credentials, timeoutMs: options.timeoutMs ?? 30_000 });
  const cluster = new KubeCluster(options.name, transport, new Discovery(transport));
  return Object.assign(cluster, { server, close: () => credentials.close() });
}
