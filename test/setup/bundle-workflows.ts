import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { workflowBundling } from '../../workers/workflow-bundling';

/** Bundles the workflows from their sources, once for all workers of a run. Undefined when there are none yet. */
export async function bundleWorkflows(): Promise<string | undefined> {
  const workflowsPath = join(__dirname, '..', '..', 'workflows', 'index.ts');
  if (!existsSync(workflowsPath)) {
    return undefined;
  }
  const { code } = await bundleWorkflowCode({
    ...workflowBundling(workflowsPath),
    logger: new DefaultLogger('WARN'),
  });
  return code;
}
