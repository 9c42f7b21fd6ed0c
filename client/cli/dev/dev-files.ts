import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { parseSettings } from '../../../config/parse-settings';
import type { Settings } from '../../../config/settings';
import type { Stack, StackMonitoring } from '../../../tools/stack/stack';

export interface DevFiles {
  /** For a CLI in another terminal: `KUBERNAUT_CONFIG`. */
  settingsFile: string;
  /** Node by a path in the stack's folder: the stack's watchdog ends what runs from there, should this process be killed. */
  node: string;
  firstPlan: string;
  workerLog: string;
}

/** The name under which plans find the development cluster: the default one, so that they need not say it. */
const clusterName = 'default';

/**
 * Writes what people and the worker need to use the stack, into its own folder: settings that point at it and at nothing
 * else, and a plan to begin with. `base` brings plugins and limits from the person's own settings.
 */
export async function writeDevFiles(stack: Stack, base: Settings, metricsPort: number): Promise<DevFiles> {
  const temporalConfig = join(stack.workdir, 'temporal.toml');
  const settings = parseSettings(
    {
      ...base,
      temporal: {
        address: stack.temporalAddress,
        namespace: stack.temporalNamespace,
        // A file of its own: a profile with TLS or an API key for another server must not get in.
        configFile: temporalConfig,
        webUi: stack.webUiUrl,
      },
      clusters: [
        {
          name: clusterName,
          kubeconfig: stack.kubeconfig,
          context: stack.context,
          ...(stack.monitoring && { monitoring: monitoringSettings(stack.monitoring) }),
        },
      ],
      // A cluster of one's own, where the person who starts a plan is the only one there.
      policy: { ...base.policy, mode: 'auto', places: [], selfApproval: true },
      // Three nodes are few: one of them may go, unless that is the last one.
      guards: { ...base.guards, nodes: base.guards.nodes && { ...base.guards.nodes, minSchedulable: 1 } },
      worker: { ...base.worker, metrics: { host: '127.0.0.1', port: metricsPort }, shutdownGraceSeconds: 5 },
    },
    'the settings of the development stack',
  );
  const files: DevFiles = {
    settingsFile: join(stack.workdir, 'kubernaut.yaml'),
    node: join(stack.workdir, 'node'),
    firstPlan: join(stack.workdir, 'first-plan.yaml'),
    workerLog: join(stack.workdir, 'logs', 'worker.log'),
  };
  await symlink(process.execPath, files.node);
  await writeFile(temporalConfig, temporalToml(stack));
  await writeFile(files.settingsFile, stringify(settings));
  await writeFile(files.firstPlan, firstPlan);
  return files;
}

function monitoringSettings({ alertmanagerUrl, prometheusUrl, ruleFolder }: StackMonitoring): object {
  return {
    alertmanager: { url: alertmanagerUrl },
    prometheus: { url: prometheusUrl },
    rules: { file: join(ruleFolder, 'rules.yaml') },
  };
}

/** For Temporal's own CLI too: `temporal --config-file … workflow list`. */
function temporalToml({ temporalAddress, temporalNamespace }: Stack): string {
  return `[profile.default]\naddress = "${temporalAddress}"\nnamespace = "${temporalNamespace}"\n`;
}

const firstPlan = `apiVersion: kubernaut.dev/v1alpha1
kind: RemediationPlan
metadata:
  name: first-plan
  reason: See what a remediation looks like
  requester: you
spec:
  approval: { required: true }
  steps:
    - id: more-replicas
      action: scale_deployment
      target: Deployment/default/web
      params: { by: 2, max: 6 }
    - id: say-so
      action: log
      params: { message: 'web has more replicas now' }
`;
