import type { z } from 'zod';
import { kubernetesActions } from '../../../activities/executors/kubernetes';
import { monitoringActions } from '../../../activities/executors/monitoring';
import { defaultActionSettings, type ActionSettings } from '../../../config/action-settings';
import { customActionsSchema } from '../../../config/sections/custom-actions';
import { holmesGptSchema } from '../../../config/sections/holmesgpt';
import {
  alertFingerprint,
  incidentOf,
  IncidentQuery,
  IncidentSignal,
  ownerOfAlert,
  severityOf,
  type Alert,
  type IncidentSettings,
  type IncidentStatus,
} from '../../../plan/incident';
import { WorkflowType } from '../../../plan/steering';
import {
  startScriptedHolmesGpt,
  type ScriptedAnswer,
  type ScriptedHolmesGpt,
} from '../../../tools/holmesgpt/scripted-holmesgpt';
import { createNamespace, kubectl, waitFor } from '../../setup';
import { Lab, type LabOptions, replayEverything } from '../engine/lab';
import { createWorkload, podsOf, read } from '../kubernetes/fixtures';
import { openMonitoringLab, type MonitoringLab } from '../monitoring/monitoring-lab';

export const settings: IncidentSettings = {
  attempts: 3,
  soakMs: 1_000,
  resolveWithinMs: 30_000,
  cooldownMs: 1_500,
  cooldownAfterFailureMs: 120_000,
};

export interface IncidentLabOptions extends Pick<LabOptions, 'playbooks' | 'tracing'> {
  /** Beyond {@link settings}. */
  incidents?: Partial<IncidentSettings>;
  /** Default true: HolmesGPT is there to be asked. */
  holmesgpt?: boolean;
  /** Namespace of the Secrets that may be copied from; removed at the end. */
  templates?: string;
  /** `actions.custom` of kubernaut.yaml: whom notifications reach. Default: nobody. */
  custom?: z.input<typeof customActionsSchema>;
  /** Of the kubernetes actions. */
  kubernetes?: Partial<ActionSettings['kubernetes']>;
}

/** The engine, the real cluster, the real Alertmanager, and a HolmesGPT that says what it is told. */
export class IncidentLab {
  private constructor(
    readonly lab: Lab,
    readonly monitoring: MonitoringLab,
    readonly holmes: ScriptedHolmesGpt,
    readonly namespace: string,
    readonly templates: string,
  ) {}

  static async open(options: IncidentLabOptions = {}): Promise<IncidentLab> {
    const { playbooks, incidents, holmesgpt = true, kubernetes, custom = {}, tracing } = options;
    const [monitoring, holmes] = await Promise.all([openMonitoringLab(), startScriptedHolmesGpt()]);
    const lab = await Lab.open({
      actions: [...kubernetesActions, ...monitoringActions],
      clusters: new Map([['test', monitoring.cluster]]),
      settingsFor: () => ({
        ...defaultActionSettings,
        monitoring: monitoring.settings(),
        kubernetes: { ...defaultActionSettings.kubernetes, ...kubernetes },
        custom: customActionsSchema.parse(custom),
      }),
      ...(holmesgpt && {
        holmesgpt: holmesGptSchema.parse({
          url: holmes.url,
          stream: false,
          automatic: { minConfidence: 0.8, maxRisk: 'medium' },
        }),
      }),
      incidents: { ...settings, ...incidents },
      ...(playbooks && { playbooks }),
      ...(tracing && { tracing }),
    });
    return new IncidentLab(lab, monitoring, holmes, await createNamespace('incident'), options.templates ?? '');
  }

  async close(): Promise<void> {
    await this.lab.close();
    await this.monitoring.close();
    await this.holmes.close();
    const namespaces = [this.namespace, this.templates].filter((name) => name !== '');
    await kubectl(['delete', 'namespace', ...namespaces, '--wait=false']);
  }

  brokenRollout(name: string): Promise<void> {
    return brokenRollout(this.namespace, name);
  }

  async brokenPod(app: string): Promise<string> {
    const pods = await podsOf(this.namespace, app);
    return pods.find((pod) => JSON.stringify(pod.spec).includes(':broken'))!.metadata.name;
  }

  alert(labels: Record<string, string>, more: Partial<Alert> = {}): Alert {
    return alertOf({ namespace: this.namespace, ...labels }, more);
  }

  /** As the bridge does it. */
  async signal(...alerts: Alert[]): Promise<string> {
    let id = '';
    for (const alert of alerts) {
      const { workflowId, input } = incidentOf(ownerOfAlert(alert.labels, 'test'));
      await this.lab.client.workflow.signalWithStart(WorkflowType.incident, {
        workflowId,
        taskQueue: 'kubernaut',
        args: [input],
        signal: IncidentSignal.alert,
        signalArgs: [alert],
      });
      id = workflowId;
    }
    return id;
  }

  /** The incident that has the alerts in the end: their real owner's. */
  async follow(id: string): Promise<string> {
    const { result } = await this.until(id, ({ phase }) => phase !== 'resolving');
    return result?.joined ?? id;
  }

  status(id: string): Promise<IncidentStatus> {
    return this.lab.client.workflow.getHandle(id).query<IncidentStatus>(IncidentQuery.status);
  }

  until(id: string, wished: (status: IncidentStatus) => boolean): Promise<IncidentStatus> {
    return waitFor(() => this.status(id), wished, {
      timeout: 120_000,
      interval: replayEverything ? 500 : 100,
      what: `status of ${id}`,
    });
  }

  /** What HolmesGPT will answer: these steps on the Deployment. */
  script(name: string, ...steps: object[]): void {
    this.holmes.script(this.answer(name, ...steps));
  }

  answer(name: string, ...steps: object[]): ScriptedAnswer {
    const target = { kind: 'Deployment', namespace: this.namespace, name };
    return {
      analysis: {
        analysis: 'The new image does not start.',
        root_cause: 'bad image',
        confidence: 0.9,
        evidence: [],
        recommendations: steps.map((step) => ({ target, parameters: {}, role: 'primary', confidence: 0.95, ...step })),
      },
      tools: [{ name: 'kubectl_describe' }],
    };
  }

  get questions(): number {
    return this.holmes.requests.filter(({ path }) => path === '/api/chat').length;
  }
}

/** A Deployment whose second revision does not come up. */
export async function brokenRollout(namespace: string, name: string): Promise<void> {
  await createWorkload(namespace, name, { spec: { progressDeadlineSeconds: 3 } });
  await kubectl(['set', 'image', `deployment/${name}`, 'web=registry.test/web:broken', '-n', namespace]);
  await waitFor(
    () => read('Deployment', name, namespace),
    ({ metadata, status }) =>
      metadata.annotations?.['deployment.kubernetes.io/revision'] === '2' &&
      status?.observedGeneration === metadata.generation,
  );
}

/** As the bridge reads it. */
export function alertOf(labels: Record<string, string>, more: Partial<Alert> = {}): Alert {
  const severity = severityOf(labels);
  return {
    fingerprint: alertFingerprint(labels),
    name: labels['alertname']!,
    labels,
    annotations: {},
    startsAt: new Date().toISOString(),
    status: 'firing',
    received: new Date().toISOString(),
    ...(severity && { severity }),
    ...more,
  };
}
