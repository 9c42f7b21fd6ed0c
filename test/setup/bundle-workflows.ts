import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { workflowBundling } from '../../workers/workflow-bundling';

/**
 * Bundles the workflows from their sources, once for all workers of a run. Undefined when there are none yet.
 *
 * @param uncached with what runs without a workflow cache need, see `uncached.ts`; it does nothing in other namespaces
 */
export async function bundleWorkflows({ uncached = false } = {}): Promise<string | undefined> {
  const workflowsPath = join(__dirname, '..', '..', 'workflows', 'index.ts');
  if (!existsSync(workflowsPath)) {
    return undefined;
  }
  const options = workflowBundling(workflowsPath);
  const more = uncached ? [require.resolve('./uncached')] : [];
  const { code } = await bundleWorkflowCode({
    ...options,
    workflowInterceptorModules: [...options.workflowInterceptorModules, ...more],
    preloadModules: [...options.preloadModules, ...more],
    logger: new DefaultLogger('WARN'),
  });
  return code;
}
