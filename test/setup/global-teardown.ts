import { rmSync } from 'node:fs';
import { reconcileRun } from './reconcile-run';
import { ownedByRun } from './owned-by-run';

/**
 * Ends the servers that the setup started, and waits until they are gone. With `KUBERNAUT_RECONCILE=1` it first holds what the API
 * server saw against what the histories say, over all that was run.
 */
export default async function globalTeardown(): Promise<void> {
  const { stack, folder } = ownedByRun();
  try {
    if (stack && folder && process.env['KUBERNAUT_RECONCILE'] === '1') await reconcileRun(stack, folder);
  } finally {
    await stack?.stop();
  }
  if (folder !== undefined) {
    rmSync(folder, { recursive: true, force: true });
  }
}
