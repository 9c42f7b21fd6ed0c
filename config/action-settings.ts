import type { ActionRules } from './sections/action-rules';
import { disruptionBudget, guardsSchema, type DisruptionBudget } from './sections/guards';
import { customActionsSchema, type CustomActionSettings } from './sections/custom-actions';
import { kubernetesActionsSchema, type KubernetesActionSettings } from './sections/kubernetes-actions';
import type { MonitoringSettings } from './sections/monitoring';
import type { Settings } from './settings';

/** The settings that a step's actions see: those of its cluster, and those of all. No secret is in it, only references. */
export interface ActionSettings {
  kubernetes: KubernetesActionSettings;
  custom: CustomActionSettings;
  /** Absent: the cluster has no monitoring configured, and actions that need it refuse. */
  monitoring?: MonitoringSettings;
  /** What is denied or narrowed, everywhere; the executor holds every step to it. */
  rules: ActionRules;
  /** What disruptive steps must leave in service. Absent: nothing is asked. */
  disruption?: DisruptionBudget;
  /** Of the step's cluster. */
  environment?: string;
  /**
   * These settings do not name the step's cluster, so nobody here knows its environment: rules about environments count as if
   * it were theirs. Only steps outside any cluster (a webhook) get that far; a worker of another cluster may do them.
   */
  environmentUnknown?: true;
  /** Validate also reads what policies ask about the target. Default false. */
  targetFacts?: boolean;
  /** Validate also asks whether the namespace has room for more or larger pods. Default false. */
  quota?: boolean;
}

/** What an action sees without a settings file. */
export const defaultActionSettings: ActionSettings = {
  kubernetes: kubernetesActionsSchema.parse({}),
  custom: customActionsSchema.parse({}),
  rules: [],
  disruption: disruptionBudget(guardsSchema.parse({})),
};

export function actionSettings({ actions, clusters, guards }: Settings, cluster: string): ActionSettings {
  const known = clusters.find(({ name }) => name === cluster);
  const { monitoring, environment } = known ?? {};
  return {
    ...actions,
    disruption: disruptionBudget(guards),
    ...(monitoring && { monitoring }),
    ...(environment !== undefined && { environment }),
    ...(known === undefined && { environmentUnknown: true as const }),
    targetFacts: true,
    quota: true,
  };
}
