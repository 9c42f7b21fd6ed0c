/**
 * Modules that every bundle of the workflows must have, whoever makes it: a run that was started with a trace needs them in
 * every worker.
 */
export function workflowInterceptorModules(): string[] {
  return [require.resolve('../workflows/tracing')];
}
