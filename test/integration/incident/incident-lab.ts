import type { z } from 'zod';
import { kubernetesActions } from '../../../activities/executors/kubernetes';
import { monitoringActions } from '../../../activities/executors/monitoring';
import { defaultActionSettings } from '../../../config/action-settings';
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
import { startScriptedHolmesGpt, type ScriptedHolmesGpt } from '../../../tools/holmesgpt/scripted-holmesgpt';
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

/** The engine, the real cluster, the real Alertmanager, and a HolmesGPT that says what it is told. */
export class IncidentLab {
  private constructor(
    readonly lab: Lab,
    readonly monitoring: MonitoringLab,
    readonly holmes: ScriptedHolmesGpt,
    readonly namespace: string,
  ) {}

  /** `custom` is `actions.custom` of kubernaut.yaml: whom notifications reach. Default: nobody. */
  static async open({
    custom = {},
    tracing,
  }: { custom?: z.input<typeof customActionsSchema> } & Pick<LabOptions, 'tracing'> = {}): Promise<IncidentLab> {
    const [monitoring, holmes] = await Promise.all([openMonitoringLab(), startScriptedHolmesGpt()]);
    const lab = await Lab.open({
      actions: [...kubernetesActions, ...monitoringActions],
      clusters: new Map([['test', monitoring.cluster]]),
      settingsFor: () => ({
        ...defaultActionSettings,
        monitoring: monitoring.settings(),
        custom: customActionsSchema.parse(custom),
      }),
      holmesgpt: holmesGptSchema.parse({
        url: holmes.url,
        stream: false,
        automatic: { minConfidence: 0.8, maxRisk: 'medium' },
      }),
      incidents: settings,
      ...(tracing && { tracing }),
    });
    return new IncidentLab(lab, monitoring, holmes, await createNamespace('incident'));
  }

  async close(): Promise<void> {
    await this.lab.close();
    await this.monitoring.close();
    await this.holmes.close();
    await kubectl(['delete', 'namespace', this.namespace, '--wait=false']);
  }

  brokenRollout(name: string): Promise<void> {
    return brokenRollout(this.namespace, name);
  }

  async brokenPod(app: string): Promise<string> {
    const pods = await podsOf(this.namespace, app);
    return pods.find((pod) => JSON.stringify(pod.spec).includes(':broken'))!.metadata.name;
  }

  alert(labels: Record<string, string>, more: Partial<Alert> = {}): Alert {
    const all = { namespace: this.namespace, ...labels };
    const severity = severityOf(all);
    return {
      fingerprint: alertFingerprint(all),
      name: labels['alertname']!,
      labels: all,
      annotations: {},
      startsAt: new Date().toISOString(),
      status: 'firing',
      received: new Date().toISOString(),
      ...(severity && { severity }),
      ...more,
    };
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

  status(id: string): Promise<IncidentStatus> {
    return this.lab.client.workflow.getHandle(id).query<IncidentStatus>(IncidentQuery.status);
  }

  until(id: string, wished: (status: IncidentStatus) => boolean): Promise<IncidentStatus> {
    return waitFor(() => this.status(id), wished, {
      timeout: 25_000,
      interval: replayEverything ? 500 : 100,
      what: `status of ${id}`,
    });
  }

  /** What HolmesGPT will answer: these steps on the Deployment. */
  script(name: string, ...steps: object[]): void {
    const target = { kind: 'Deployment', namespace: this.namespace, name };
    this.holmes.script({
      analysis: {
        analysis: 'The new image does not start.',
        root_cause: 'bad image',
        confidence: 0.9,
        evidence: [],
        recommendations: steps.map((step) => ({ target, parameters: {}, role: 'primary', confidence: 0.95, ...step })),
      },
      tools: [{ name: 'kubectl_describe' }],
    });
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
