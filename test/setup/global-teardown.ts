import { rmSync } from 'node:fs';
import { ownedByRun } from './owned-by-run';

/** Ends the servers that the setup started, and waits until they are gone. */
export default async function globalTeardown(): Promise<void> {
  const { stack, folder } = ownedByRun();
  await stack?.stop();
  if (folder !== undefined) {
    rmSync(folder, { recursive: true, force: true });
  }
}
