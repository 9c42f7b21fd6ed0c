import { ensureServers } from '../servers/ensure-servers';
import { monitoringServers, startMonitoring } from '../stack/monitoring-servers';
import { createWorkdir } from '../stack/workdir';

export interface ConformanceServices {
  /** Under the names by which fixtures ask for them. */
  services: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/**
 * Alertmanager and Prometheus for conformance fixtures alone: others' broken rule files would make the reloads of the actions
 * fail. A second Prometheus is for the action that reloads it: there nothing else may.
 */
export async function startConformanceServices(): Promise<ConformanceServices> {
  const servers = await ensureServers(monitoringServers);
  const workdirs = await Promise.all([createWorkdir(), createWorkdir()]);
  const stop = async (): Promise<void> => {
    await Promise.all(workdirs.map((each) => each.stop()));
  };
  try {
    // One after the other: each chooses free ports.
    const monitoring = await startMonitoring({ workdir: workdirs[0].folder, servers });
    const toReload = await startMonitoring({ workdir: workdirs[1].folder, servers });
    const services = {
      alertmanager: monitoring.alertmanagerUrl,
      prometheus: monitoring.prometheusUrl,
      'prometheus-rule-folder': monitoring.ruleFolder,
      'prometheus-to-reload': toReload.prometheusUrl,
      'prometheus-to-reload-rule-folder': toReload.ruleFolder,
    };
    return { services, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
