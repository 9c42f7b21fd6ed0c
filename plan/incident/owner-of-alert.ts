import { Severity, type IncidentOwner } from './types';

type Labels = Readonly<Record<string, string>>;

/** Labels of kube-state-metrics and of the common rules that name a workload, the most telling first. */
const WORKLOADS: readonly (readonly [label: string, kind: string])[] = [
  ['deployment', 'Deployment'],
  ['statefulset', 'StatefulSet'],
  ['daemonset', 'DaemonSet'],
  ['cronjob', 'CronJob'],
  // Never `job`: that is the scrape job of Prometheus.
  ['job_name', 'Job'],
];
/** Objects that are their own subject, when no workload and no pod is named. */
const OTHERS: readonly (readonly [label: string, kind: string])[] = [
  ['persistentvolumeclaim', 'PersistentVolumeClaim'],
  ['horizontalpodautoscaler', 'HorizontalPodAutoscaler'],
  ['poddisruptionbudget', 'PodDisruptionBudget'],
];

/** What Kubernetes writes after a generated name: no vowels, no 0, 1, 3. */
const SUFFIX = '[bcdfghjklmnpqrstvwxz2456789]';
const OF_CRON_JOB = new RegExp(`^(.+)-\\d{8}-${SUFFIX}{5}$`);
const OF_REPLICA_SET = new RegExp(`^(.+)-${SUFFIX}{6,10}-${SUFFIX}{5}$`);
const OF_STATEFUL_SET = /^(.+)-\d{1,4}$/;
const OF_DAEMON_SET = new RegExp(`^(.+)-${SUFFIX}{5}$`);
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9._:]{0,251}[A-Za-z0-9])?$/;

/**
 * The workload that an alert is about, from its labels alone: whoever takes alerts in has no credentials for clusters. A pod's
 * name only lets the owner be guessed; the incident asks the cluster and hands the alerts on when the guess was wrong. What
 * names no object at all belongs to its namespace, or to the cluster as a whole.
 *
 * @param defaultCluster of alerts without the label `cluster`
 */
export function ownerOfAlert(labels: Labels, defaultCluster: string): IncidentOwner {
  const cluster = named(labels, 'cluster') ?? defaultCluster;
  const namespace = named(labels, 'namespace') ?? named(labels, 'exported_namespace');
  const inNamespace = (kind: string, name: string): IncidentOwner => ({ cluster, kind, namespace: namespace!, name });
  if (namespace !== undefined) {
    for (const [label, kind] of WORKLOADS) {
      const name = named(labels, label);
      if (name !== undefined) return inNamespace(kind, name);
    }
    const pod = named(labels, 'pod') ?? named(labels, 'exported_pod') ?? named(labels, 'pod_name');
    if (pod !== undefined) return inNamespace(...workloadOfPod(pod));
    for (const [label, kind] of OTHERS) {
      const name = named(labels, label);
      if (name !== undefined) return inNamespace(kind, name);
    }
    return { cluster, kind: 'Namespace', name: namespace };
  }
  const node = named(labels, 'node');
  return node === undefined ? { cluster, kind: 'Cluster', name: cluster } : { cluster, kind: 'Node', name: node };
}

/** Kind and name of the workload that pods of such a name usually belong to; the pod itself when it follows no pattern. */
export function workloadOfPod(pod: string): [kind: string, name: string] {
  const patterns: [RegExp, string][] = [
    [OF_CRON_JOB, 'CronJob'],
    [OF_REPLICA_SET, 'Deployment'],
    [OF_STATEFUL_SET, 'StatefulSet'],
    [OF_DAEMON_SET, 'DaemonSet'],
  ];
  for (const [pattern, kind] of patterns) {
    const name = pattern.exec(pod)?.[1];
    if (name !== undefined) return [kind, name];
  }
  return ['Pod', pod];
}

/** The label `severity`, in the words that are common; undefined for any other. */
export function severityOf(labels: Labels): Severity | undefined {
  const given = labels['severity']?.toLowerCase();
  if (given === 'page' || given === 'high') return Severity.critical;
  return Object.values(Severity).find((value) => value === given);
}

/** What is no possible name becomes part of no id: such a label says nothing. */
function named(labels: Labels, label: string): string | undefined {
  const value = labels[label];
  return value !== undefined && NAME.test(value) ? value : undefined;
}
