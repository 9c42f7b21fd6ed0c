/** Namespaces of workers that keep no workflow in memory begin with this: see `uncached.ts`. */
export const UNCACHED_PREFIX = 'uncached-';
