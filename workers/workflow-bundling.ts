import type { BundleOptions } from '@temporalio/worker';

/**
 * How the workflows are bundled, whoever does it: the build, a worker in a source tree, the tests.
 *
 * Every module that the workflows load at once is evaluated once a thread and not once a run, which would cost each run more
 * CPU time than all its decisions. Such a module is shared by all runs, so it must keep nothing about any of them: the SDK
 * freezes what modules export, and `test/unit/workflows/shared-modules.test.ts` looks at the rest.
 *
 * @param workflowsPath absolute path of the module that exports the workflows
 */
export function workflowBundling(
  workflowsPath: string,
): Required<Pick<BundleOptions, 'workflowsPath' | 'workflowInterceptorModules' | 'preloadModules'>> {
  // In every bundle: a run that was started with a trace needs it in every worker.
  const interceptors = [require.resolve('../workflows/tracing')];
  return { workflowsPath, workflowInterceptorModules: interceptors, preloadModules: [workflowsPath, ...interceptors] };
}
