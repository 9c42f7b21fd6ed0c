import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { stringify } from 'yaml';
import { testEnvironment } from '../../setup/environment';
import { PATIENCE } from '../../setup/wait-for';

/** Address of the Temporal server that the tests run against. */
export function temporalAddress(): string {
  return testEnvironment().temporalAddress;
}

/** The cluster of the stack, and a kubeconfig whose server nobody listens at. */
export function testCluster(): { kubeconfig: string; context: string; unreachableKubeconfig: string } {
  const { kubeconfig, context } = testEnvironment();
  const unreachableKubeconfig = join(mkdtempSync(join(testEnvironment().workdir, 'kubeconfig-')), 'config');
  writeFileSync(
    unreachableKubeconfig,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'gone', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'me', user: { token: 'none' } }],
      contexts: [{ name: 'gone', context: { cluster: 'gone', user: 'me' } }],
      'current-context': 'gone',
    }),
  );
  return { kubeconfig, context, unreachableKubeconfig };
}

/**
 * A client in a namespace of its own: task queue names are fixed (`kubernaut`), so only a namespace keeps these workers from
 * taking the tasks of others.
 */
export async function clientInOwnNamespace(prefix: string): Promise<Client> {
  const connection = await Connection.connect({ address: temporalAddress() });
  const namespace = `${prefix}-${Math.random().toString(36).slice(2, 10)}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs(86_400_000),
  });
  // The server's parts learn of a new namespace one after the other.
  await eventually(async () => {
    await connection.workflowService.describeNamespace({ namespace });
    await connection.workflowService.listWorkflowExecutions({ namespace });
  });
  return new Client({ connection, namespace });
}

/** Tries until it works or the time is over (as with `waitFor`); throws the last error then. */
export async function eventually<T>(act: () => Promise<T> | T, timeoutMs = 30_000): Promise<T> {
  const end = Date.now() + timeoutMs * PATIENCE;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
