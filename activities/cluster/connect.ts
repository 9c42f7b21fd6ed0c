import { KubernautError } from '../../plan/errors';
import type { Binding, Cluster } from './cluster';
import { CredentialSource } from './credentials';
import { Discovery } from './discovery';
import { KubeCluster } from './kube-cluster';
import { loadKubeConfig, type ClusterSource } from './kubeconfig';
import { Transport } from './transport';
import { USER_AGENT } from './version';

export interface ConnectOptions extends ClusterSource {
  /** What plans call this cluster (`spec.cluster`, `target.cluster`). */
  name: string;
  /** For every call but watches. Default 30 s. */
  timeoutMs?: number;
  /** Who asks, when it is no activity of a worker: stands in the User-Agent, `kubernaut/<version> (<caller>)`. */
  caller?: string;
}

/** A cluster and the connection to it. */
export interface ConnectedCluster extends Cluster {
  /**
   * The same connection for one activity: when `signal` aborts, reads end at once and no further write is sent, both with
   * `CANCELLED`; a write already under way is let finish, so that its outcome is known. Every request names the operation.
   */
  boundTo(signal: AbortSignal, binding?: Binding): Cluster;
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
  const { caller, timeoutMs = 30_000 } = options;
  const userAgent = caller === undefined ? USER_AGENT : `${USER_AGENT} (${caller})`;
  const transport = new Transport({ server, credentials, timeoutMs, userAgent });
  const cluster = new KubeCluster(options.name, transport, new Discovery(transport));
  return Object.assign(cluster, { server, close: () => credentials.close() });
}
