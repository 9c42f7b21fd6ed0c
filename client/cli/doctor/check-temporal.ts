import type { Connection } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes';
import { searchAttributeKeys } from '../../../plan/search-attributes';
import { retentionText } from '../setup/retention';
import { type CheckResult, failed, messageOf, ok, skipped, warning } from './check';

const callTimeoutMs = 5_000;

/** The namespace, Kubernaut's search attributes in it, and who polls the task queues. The server itself has answered already. */
export async function checkTemporal(
  connection: Connection,
  namespace: string,
  taskQueues: readonly string[],
): Promise<CheckResult[]> {
  const within = <T>(work: () => Promise<T>): Promise<T> => connection.withDeadline(Date.now() + callTimeoutMs, work);
  const space = await within(() => checkNamespace(connection, namespace));
  if (space.state === 'failed') {
    return [space, ...['search attributes', 'workers'].map((check) => skipped(check, 'needs the namespace'))];
  }
  const attributes = await within(() => checkSearchAttributes(connection, namespace));
  const queues = await Promise.all(
    taskQueues.map((queue) => within(() => checkTaskQueue(connection, namespace, queue))),
  );
  return [space, attributes, ...queues];
}

async function checkNamespace(connection: Connection, namespace: string): Promise<CheckResult> {
  const check = `namespace ${namespace}`;
  try {
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    const seconds = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
    return ok(check, `ended remediations are kept ${retentionText(seconds)}`);
  } catch (error) {
    const remedy = `Create it: kubernaut setup --namespace ${namespace}; or name another with --namespace.`;
    return failed(check, messageOf(error), remedy);
  }
}

async function checkSearchAttributes(connection: Connection, namespace: string): Promise<CheckResult> {
  const check = 'search attributes';
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const keys: { name: string; type: SearchAttributeType }[] = Object.values(searchAttributeKeys);
    const missing = keys.filter(({ name }) => customAttributes?.[name] === undefined);
    const wrong = keys.filter(({ name, type }) => {
      const present = customAttributes?.[name];
      return present !== undefined && present !== encodeSearchAttributeIndexedValueType(type);
    });
    if (wrong.length > 0) {
      const reason = `registered with another type: ${wrong.map(({ name }) => name).join(', ')}`;
      return failed(check, reason, 'Use another namespace, or remove them and start a worker.');
    }
    if (missing.length > 0) {
      const reason = `not registered: ${missing.map(({ name }) => name).join(', ')}`;
      return failed(check, reason, 'Run `kubernaut setup`, or start a worker that may register them.');
    }
    return ok(check, `all ${keys.length} are registered`);
  } catch (error) {
    return warning(check, `cannot be read: ${messageOf(error)}`, 'The operator API may be closed to this user.');
  }
}

const taskQueueTypes = { workflow: 1, activity: 2 } as const;

async function checkTaskQueue(connection: Connection, namespace: string, name: string): Promise<CheckResult> {
  const check = `task queue ${name}`;
  try {
    const isMain = !name.includes('.');
    const pollersOf = async (taskQueueType: number): Promise<number> => {
      const { pollers } = await connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name },
        taskQueueType,
      });
      return pollers?.length ?? 0;
    };
    const activities = await pollersOf(taskQueueTypes.activity);
    const workflows = isMain ? await pollersOf(taskQueueTypes.workflow) : undefined;
    if (activities === 0 || workflows === 0) {
      const what = workflows === 0 ? 'workflows' : 'its activities';
      return failed(
        check,
        `no worker polls for ${what}`,
        'Start one with `kubernaut worker`; it must know this cluster and executor.',
      );
    }
    return ok(check, `${activities === 1 ? '1 worker polls' : `${activities} workers poll`}`);
  } catch (error) {
    return failed(check, messageOf(error));
  }
}
