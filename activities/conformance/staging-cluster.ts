import type { KubeConfig } from '@kubernetes/client-node';
import { KubeConfig as Config } from '@kubernetes/client-node';
import type { ConnectedCluster } from '../cluster/connect';
import { CredentialSource } from '../cluster/credentials';
import { Discovery } from '../cluster/discovery';
import { KubeCluster } from '../cluster/kube-cluster';
import { loadKubeConfig, type ClusterSource } from '../cluster/kubeconfig';
import { Transport } from '../cluster/transport';
import { USER_AGENT } from '../cluster/version';
import { KubernautError } from '../../plan/errors';
import { StagingKube } from './staging-kube';

/** Told apart from the actions (`kubernaut/<version>`) in the API server's audit log. */
const KIT_AGENT = 'conformance-kit';
/** The actions, called by the kit and not by a worker: no history tells of them. */
const ACTION_AGENT = `${USER_AGENT} (conformance-kit)`;
const TIMEOUT_MS = 60_000;

/** One cluster, from two sides: the kit's own with all rights, and the actions' as ServiceAccounts. */
export interface StagingCluster {
  kube: StagingKube;
  /** The same API server for the bearer of a ServiceAccount's token. */
  connectAs(name: string, token: string): ConnectedCluster;
  close(): void;
}

/** Opens the cluster that was named; whoever is named there needs to be cluster-admin, since roles are made and bound. */
export function connectStaging(source: ClusterSource): StagingCluster {
  const config = loadKubeConfig(source);
  const admin = connect(config, KIT_AGENT);
  const opened = [admin];
  return {
    kube: new StagingKube(admin.transport, admin.discovery),
    connectAs(name, token) {
      const cluster = config.getCurrentCluster();
      if (!cluster) throw new KubernautError('PRECONDITION_FAILED', 'the kubeconfig names no server');
      const own = new Config();
      own.loadFromClusterAndUser(cluster, { name: 'conformance', token });
      const { transport, credentials } = connect(own, ACTION_AGENT);
      opened.push({ ...admin, transport, credentials });
      // What the server has does not depend on who asks; asking once saves a large answer for each account.
      return Object.assign(new KubeCluster(name, transport, admin.discovery), {
        server: cluster.server,
        close: () => credentials.close(),
      });
    },
    close: () => opened.forEach(({ credentials }) => credentials.close()),
  };
}

function connect(config: KubeConfig, userAgent: string) {
  const server = config.getCurrentCluster()?.server;
  if (!server) throw new KubernautError('PRECONDITION_FAILED', 'the kubeconfig names no server');
  const credentials = new CredentialSource(config);
  const transport = new Transport({ server, credentials, timeoutMs: TIMEOUT_MS, userAgent });
  return { transport, credentials, discovery: new Discovery(transport) };
}
