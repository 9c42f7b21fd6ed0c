import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { stringify } from 'yaml';

interface StackInfo {
  temporalAddress: string;
  kubeconfig: string;
  context: string;
}

/** The running stack: `KUBERNAUT_STACK_INFO` names the file that describes it. */
function stack(): StackInfo {
  const file = process.env['KUBERNAUT_STACK_INFO'];
  if (file === undefined) throw new Error('KUBERNAUT_STACK_INFO is not set; start the stack with tools/stack');
  return JSON.parse(readFileSync(file, 'utf8')) as StackInfo;
}

/** Address of the Temporal server that the tests run against. */
export function temporalAddress(): string {
  return stack().temporalAddress;
}

/** The cluster of the stack, and a kubeconfig whose server nobody listens at. */
export function testCluster(): { kubeconfig: string; context: string; unreachableKubeconfig: string } {
  const { kubeconfig, context } = stack();
  const unreachableKubeconfig = join(mkdtempSync(join(tmpdir(), 'kubernaut-kubeconfig-')), 'config');
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
    workflowExecutionRetentionPeriod: { seconds: (24 * 3600) as never },
  });
  // The server's parts learn of a new namespace one after the other.
  await eventually(async () => {
    await connection.workflowService.describeNamespace({ namespace });
    await connection.workflowService.listWorkflowExecutions({ namespace });
  });
  return new Client({ connection, namespace });
}

/** Tries until it works or the time is over; throws the last error then. */
export async function eventually<T>(act: () => Promise<T> | T, timeoutMs = 15_000): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
