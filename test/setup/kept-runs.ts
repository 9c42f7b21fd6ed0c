import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Client } from '@temporalio/client';
import { collectRuns } from '../../client/audit/reconcile/collect-runs';
import type { RunRecords } from '../../client/audit/reconcile/reconcile';
import { STACK_INFO_VARIABLE } from './environment';

/** Of the folder that each test run has to itself, see `global-setup.ts`. */
const FOLDER = 'kept-runs';

/**
 * Keeps what the histories of a Temporal server tell that a test has to itself. That server is gone when the whole run is
 * reconciled, and what its workers changed in the shared cluster would stay unexplained: call it before the server stops, once
 * its workers are done.
 */
export async function keepRuns(client: Client): Promise<void> {
  const runs = await collectRuns([client], [], { period: { from: 0, until: Date.now() } });
  const folder = join(dirname(process.env[STACK_INFO_VARIABLE]!), FOLDER);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${client.options.namespace}.json`), JSON.stringify(runs));
}

/** All that {@link keepRuns} kept in this test run. */
export function keptRuns(folderOfRun: string): RunRecords[] {
  const folder = join(folderOfRun, FOLDER);
  // Most selections of tests have none.
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder).flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as RunRecords[]);
}
