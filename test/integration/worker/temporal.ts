import { readFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';

/** Address of the Temporal server that the tests run against. */
export function temporalAddress(): string {
  const info = process.env['KUBERNAUT_STACK_INFO'];
  if (info !== undefined)
    return (JSON.parse(readFileSync(info, 'utf8')) as { temporalAddress: string }).temporalAddress;
  return process.env['TEMPORAL_ADDRESS'] ?? 'localhost:7233';
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
