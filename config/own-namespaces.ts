import { readFileSync } from 'node:fs';

/** Where Kubernetes tells a pod its namespace, if its ServiceAccount's token is mounted. */
const NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/**
 * The namespaces that this installation runs in: those of the settings, and that of the own pod, told by `KUBERNAUT_NAMESPACE` (the
 * downward API; pods without a token have nothing else) or by the ServiceAccount. Outside of pods only those of the settings.
 */
export function ownNamespaces(
  named: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  file = NAMESPACE_FILE,
): string[] {
  const found = [...named, env['KUBERNAUT_NAMESPACE'] ?? '', namespaceIn(file)].map((name) => name.trim());
  return [...new Set(found.filter((name) => name !== ''))];
}

function namespaceIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
