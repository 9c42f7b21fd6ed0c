import type { Stack } from '../../tools/stack/stack';

/** What a run has to give back. Setup and teardown are loaded as separate modules, so it hangs on the global object. */
export interface OwnedByRun {
  stack?: Stack;
  folder?: string;
}

export function ownedByRun(): OwnedByRun {
  const holder = globalThis as { kubernautTestRun?: OwnedByRun };
  return (holder.kubernautTestRun ??= {});
}
