import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { customActions } from '../../../activities/executors/custom';
import { kubernetesActions } from '../../../activities/executors/kubernetes';
import { monitoringActions } from '../../../activities/executors/monitoring';
import { connectCluster } from '../../../activities/cluster/connect';
import { ActionRegistry } from '../../../activities/registry';
import { defaultActionSettings } from '../../../config/action-settings';
import { holmesGptSchema } from '../../../config/sections/holmesgpt';
import { monitoringSchema } from '../../../config/sections/monitoring';
import type { IncidentSettings } from '../../../plan/incident';
import { createWorkers } from '../../../workers/create-workers';
import { crashingCluster, type CrashPoint } from './crashing-cluster';

/** What the parent hands over as the one argument, as JSON. */
export interface CrashingWorkerOptions {
  temporalAddress: string;
  namespace: string;
  kubeconfig: string;
  context: string;
  workflowBundlePath: string;
  crash?: CrashPoint;
  /** Work on incidents, too. */
  incidents?: { settings: IncidentSettings; holmesgptUrl: string; alertmanagerUrl: string };
}

/** A worker process for crash tests; says `ready` on stdout when it polls, and drains at SIGTERM. */
async function main(options: CrashingWorkerOptions): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const cluster = connectCluster({ name: 'test', kubeconfig: options.kubeconfig, context: options.context });
  const connection = await NativeConnection.connect({ address: options.temporalAddress });
  const { incidents } = options;
  const monitoring = incidents && { alertmanager: { url: incidents.alertmanagerUrl } };
  const workers = await createWorkers({
    connection,
    namespace: options.namespace,
    registry: new ActionRegistry().register(...customActions, ...kubernetesActions, ...monitoringActions),
    ...(incidents && {
      incidents: incidents.settings,
      holmesgpt: holmesGptSchema.parse({
        ...{ url: incidents.holmesgptUrl, stream: false, automatic: { minConfidence: 0.8, maxRisk: 'medium' } },
      }),
      settingsFor: () => ({ ...defaultActionSettings, monitoring: monitoringSchema.parse(monitoring) }),
    }),
    clusters: new Map([['test', options.crash ? crashingCluster(cluster, options.crash) : cluster]]),
    workflows: { bundlePath: options.workflowBundlePath },
  });
  process.once('SIGTERM', () => workers.shutdown());
  const running = workers.run();
  process.stdout.write('ready\n');
  await running;
  await connection.close();
  cluster.close();
}

void main(JSON.parse(process.argv[2] ?? '{}') as CrashingWorkerOptions).then(() => process.exit(0));
