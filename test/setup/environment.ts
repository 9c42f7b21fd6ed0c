import { readFileSync } from 'node:fs';
import type { StackMonitoring } from '../../tools/stack/stack';

/** Names the file that holds the TestEnvironment: set by the global setup, or by a person for a stack that runs already. */
export const STACK_INFO_VARIABLE = 'KUBERNAUT_STACK_INFO';

/** The servers that all integration tests share. Isolation is by Kubernetes namespace, Temporal namespace and task queue. */
export interface TestEnvironment {
  /** `127.0.0.1:<port>` */
  temporalAddress: string;
  temporalNamespace: string;
  kubeconfig: string;
  context: string;
  clusterName: string;
  /** The API server's audit log, NDJSON; see `auditEvents`. */
  auditLogPath: string;
  /** Path of a kubectl of the cluster's version. */
  kubectl: string;
  /** Path of Temporal's CLI. */
  temporal: string;
  /** Prometheus and Alertmanager; see `monitoring()` in test/integration/monitoring for stacks without them. */
  monitoring?: StackMonitoring;
  workdir: string;
  /** The workflows, bundled once for the run. Undefined when `workflows/index.ts` does not exist. */
  workflowBundlePath?: string;
}

/** Throws when called outside the `integration` project. */
export function testEnvironment(): TestEnvironment {
  const file = process.env[STACK_INFO_VARIABLE];
  if (file === undefined) {
    throw new Error(
      `${STACK_INFO_VARIABLE} is not set: this test needs servers, so it belongs in test/integration (jest starts them).`,
    );
  }
  return JSON.parse(readFileSync(file, 'utf8')) as TestEnvironment;
}
