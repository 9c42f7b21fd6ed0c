import type { Progress } from '../progress';

/** Prometheus and Alertmanager of a stack. Prometheus scrapes itself every second and sends its alerts to Alertmanager. */
export interface StackMonitoring {
  readonly alertmanagerUrl: string;
  /** With its lifecycle API (`POST /-/reload`). */
  readonly prometheusUrl: string;
  /** Every `*.yaml` in it is a rule file; rules are evaluated each second unless their group says otherwise. */
  readonly ruleFolder: string;
  /** Path of an amtool of the Alertmanager's version. */
  readonly amtool: string;
}

/** What Prometheus and Alertmanager are connected to, besides each other. */
export interface MonitoringWiring {
  /** Where Alertmanager tells what fires and what resolves, with a bearer token. Default: nowhere. */
  webhook?: { url: string; token: string };
  /** What Prometheus scrapes besides itself: `host:port` by job name. */
  scrape?: Readonly<Record<string, string>>;
}

/** A running development stack: a Temporal server with Web UI and a Kubernetes cluster of its own. */
export interface Stack {
  /** `127.0.0.1:<port>`, gRPC. */
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly webUiUrl: string;
  /** A kubeconfig that holds this cluster alone; `context` is its current context. */
  readonly kubeconfig: string;
  readonly context: string;
  readonly clusterName: string;
  /** The API server's audit log, one JSON event a line. */
  readonly auditLogPath: string;
  /** Path of a kubectl of the cluster's version. */
  readonly kubectl: string;
  /** Path of the Temporal CLI. */
  readonly temporal: string;
  /** Absent unless it was asked for. */
  readonly monitoring?: StackMonitoring;
  /** All files of the stack: logs, kubeconfig, data. */
  readonly workdir: string;
  /** Kills the Temporal server and starts it again on the same ports and the same database file. */
  restartTemporal(): Promise<void>;
  /** Ends every process and removes the workdir (unless it is kept). Safe to call twice. */
  stop(): Promise<void>;
}

export interface StackOptions {
  /** Nodes of the cluster, `node-1` … Default 3. */
  nodes?: number;
  /** Name of the cluster. Default `kubernaut-dev`; the context is `kwok-<name>`. */
  clusterName?: string;
  /** Default: a free port chosen by the operating system. A given port that is taken is an error. */
  temporalPort?: number;
  /** Default: a free port chosen by the operating system. */
  webUiPort?: number;
  /** Workflows survive `restartTemporal()` only with a database file; it lies in the workdir unless named. Default false: in memory. */
  temporalDatabase?: boolean | string;
  /** Dynamic configuration of the Temporal server on top of `temporal-dev.yaml`; values are JSON. */
  dynamicConfig?: Readonly<Record<string, string>>;
  /** Prometheus and Alertmanager too. Default false. */
  monitoring?: boolean | MonitoringWiring;
  /** Absolute path of a folder to be created for the stack's files. Default: a new one in the temporary folder. */
  workdir?: string;
  /** Leave the workdir (logs, data) behind when the stack stops. Default false. */
  keep?: boolean;
  /** Default: nothing is reported. */
  progress?: Progress;
}

/** Dynamic configuration for tests: short timers fire when they are due, priorities are honoured, long runs continue as new early. */
export const testDynamicConfig: Readonly<Record<string, string>> = {
  'history.timerProcessorMaxTimeShift': '"1ms"',
  'matching.useNewMatcher': 'true',
  // Long plans continue as new after a few hundred events already, so that tests see it.
  'limit.historyCount.suggestContinueAsNew': '400',
};
