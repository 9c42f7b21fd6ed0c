import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { streamProgress } from '../../tools/progress';
import { testDynamicConfig } from '../../tools/stack/stack';
import { startStack } from '../../tools/stack/start-stack';
import { bundleWorkflows } from './bundle-workflows';
import { STACK_INFO_VARIABLE, type TestEnvironment } from './environment';
import { ownedByRun } from './owned-by-run';

/**
 * Starts the servers that all integration tests share and bundles the workflows, at the same time. Jest runs this once, and
 * only when an integration test was selected. A stack that runs already is used as it is when KUBERNAUT_STACK_INFO names
 * its description; it is left running.
 */
export default async function globalSetup(): Promise<void> {
  const [servers, bundle] = await Promise.all([existingStack() ?? ownStack(), bundleWorkflows({ uncached: true })]);
  // Inside the stack's folder: it goes with the stack, also when this run is killed.
  const folder = join(servers.workdir, `test-${process.pid}`);
  mkdirSync(folder);
  ownedByRun().folder = folder;
  const workflowBundlePath = bundle === undefined ? undefined : join(folder, 'workflow-bundle.js');
  if (workflowBundlePath !== undefined) writeFileSync(workflowBundlePath, bundle!);
  const file = join(folder, 'environment.json');
  writeFileSync(file, JSON.stringify({ ...servers, workflowBundlePath } satisfies TestEnvironment));
  process.env[STACK_INFO_VARIABLE] = file;
}

function existingStack(): TestEnvironment | undefined {
  const file = process.env[STACK_INFO_VARIABLE];
  return file === undefined ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as TestEnvironment);
}

async function ownStack(): Promise<TestEnvironment> {
  const stack = await startStack({
    clusterName: 'kubernaut-test',
    dynamicConfig: testDynamicConfig,
    monitoring: true,
    progress: streamProgress(),
  });
  ownedByRun().stack = stack;
  return {
    temporalAddress: stack.temporalAddress,
    temporalNamespace: stack.temporalNamespace,
    kubeconfig: stack.kubeconfig,
    context: stack.context,
    clusterName: stack.clusterName,
    auditLogPath: stack.auditLogPath,
    kubectl: stack.kubectl,
    temporal: stack.temporal,
    monitoring: stack.monitoring,
    workdir: stack.workdir,
  };
}
