import { writeFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { createRegistry } from '../../activities/actions';
import { reconcileLog, type ReconciledLog } from '../../client/audit/reconcile/reconcile-log';
import { renderReconciled } from '../../client/cli/output/reconcile-view';
import type { Stack } from '../../tools/stack/stack';
import { testDataConverter } from './encryption';
import { keptRuns } from './kept-runs';

/** Where the report goes as JSON, for whoever counts (`.ci/run`). */
const REPORT_VARIABLE = 'KUBERNAUT_RECONCILE_REPORT';

/**
 * What calls actions without a worker and therefore has no history: tests of single actions, and the conformance kit. Both
 * say so in their User-Agent; anything else that calls itself Kubernaut must be explained.
 */
const CALLERS = ['direct-test', 'conformance-kit'];

/**
 * The completeness check of `kubernaut audit reconcile` over a whole test run: all of its audit log, the histories of all of its
 * Temporal namespaces, and what tests with a Temporal server of their own have kept in the folder of the run. One request
 * that nothing explains, or one effect that the server did not see, fails the run.
 */
export async function reconcileRun(
  stack: Pick<Stack, 'temporalAddress' | 'auditLogPath'>,
  folderOfRun: string,
): Promise<void> {
  const startedAt = Date.now();
  const connection = await Connection.connect({ address: stack.temporalAddress });
  let report: ReconciledLog;
  try {
    const dataConverter = await testDataConverter();
    const namespaces = await namespacesOf(connection);
    const clients = namespaces.map((namespace) => new Client({ connection, namespace, dataConverter }));
    const [log, registry, users] = [stack.auditLogPath, createRegistry(), []];
    report = await reconcileLog({ log, clients, runs: keptRuns(folderOfRun), registry, users, callers: CALLERS });
  } finally {
    await connection.close();
  }
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  process.stderr.write(`\naudit reconcile over the whole run (${seconds} s):\n${renderReconciled(report)}\n`);
  const file = process.env[REPORT_VARIABLE];
  if (file !== undefined) writeFileSync(file, JSON.stringify(report));
  // Not thrown: jest would then write no report of the tests.
  if (!report.whole) process.exitCode = 1;
}

async function namespacesOf(connection: Connection): Promise<string[]> {
  const names: string[] = [];
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await connection.workflowService.listNamespaces({ pageSize: 200, nextPageToken });
    names.push(...(page.namespaces ?? []).map(({ namespaceInfo }) => namespaceInfo?.name ?? ''));
    nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
  } while (nextPageToken !== undefined);
  return names.filter((name) => name !== '' && name !== 'temporal-system');
}
