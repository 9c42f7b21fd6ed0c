/**
 * The environment for a worker of the development stack: without `TEMPORAL_*`, since those win over the settings and would
 * lead it to the server that the person otherwise works with.
 */
export function workerEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}
