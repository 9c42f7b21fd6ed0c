import { randomBytes } from 'node:crypto';
import { kubectl } from './kubectl';
import { waitFor } from './wait-for';

/** A Kubernetes namespace of its own, `<prefix>-<six characters>`; ready for pods when this resolves. */
export async function createNamespace(prefix: string): Promise<string> {
  const name = `${prefix}-${randomBytes(3).toString('hex')}`;
  await kubectl(['create', 'namespace', name]);
  // Pods are refused until the controller manager has made the service account.
  await waitFor(
    () => kubectl(['get', 'serviceaccount', 'default', '-n', name, '--ignore-not-found', '-o', 'name']),
    (found) => found.trim() !== '',
    { what: `service account of ${name}` },
  );
  return name;
}
