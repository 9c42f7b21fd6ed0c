import type { Connection } from '@temporalio/client';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes';
import { KubernautError } from '../plan/errors';
import { searchAttributeKeys } from '../plan/search-attributes';

/** What both the worker's and the client's connection have. */
export type OperatorConnection = Pick<Connection, 'operatorService'>;

const wanted = Object.values(searchAttributeKeys).map(({ name, type }) => ({
  name,
  type: encodeSearchAttributeIndexedValueType(type)!,
}));

/**
 * Names of Kubernaut's search attributes that the namespace does not have yet.
 *
 * @throws {KubernautError} `SETTINGS_INVALID` when one is there with another type: every workflow task that sets it would
 * fail and be tried again for ever, so it is better not to start at all
 */
export async function missingSearchAttributes(connection: OperatorConnection, namespace: string): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const present = (name: string) => customAttributes?.[name];
  const wrong = wanted.filter(({ name, type }) => present(name) !== undefined && present(name) !== type);
  if (wrong.length > 0) {
    const names = wrong.map(({ name }) => name).join(', ');
    throw new KubernautError(
      'SETTINGS_INVALID',
      `namespace ${namespace} has search attributes of another type: ${names}`,
      {
        remedy: `Use another namespace, or remove them: temporal operator search-attribute remove -n ${namespace} --name …`,
      },
    );
  }
  return wanted.map(({ name }) => name).filter((name) => present(name) === undefined);
}

/**
 * Registers Kubernaut's search attributes in the namespace, and returns the names of those that were new. Safe to call at
 * every start and by many workers at once. In code rather than by the server's command line, because `--search-attribute`
 * is silently ignored by a dev server that has a database file already.
 *
 * @throws {KubernautError} as {@link missingSearchAttributes}, and the server's error when it refuses
 */
export async function registerSearchAttributes(connection: OperatorConnection, namespace: string): Promise<string[]> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return [];
  const searchAttributes = Object.fromEntries(
    wanted.filter(({ name }) => missing.includes(name)).map(({ name, type }) => [name, type]),
  );
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (error) {
    // Another worker may have been faster; only what is missing now is an error.
    const still = await missingSearchAttributes(connection, namespace);
    if (still.length > 0) throw error;
    return [];
  }
  return missing;
}
