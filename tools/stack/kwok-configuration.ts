import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../package-root';

const stagesFolder = (): string => join(packageRoot(), 'tools', 'stack', 'stages');

export const auditPolicyFile = (): string => join(packageRoot(), 'tools', 'stack', 'audit-policy.yaml');

/**
 * Kinds whose objects say, pod by pod, what `exec` runs and which file is a container's log. Without any of them every exec and
 * log request is refused; ClusterExec is left out, so that no object opens the pods of more than one namespace.
 */
const STAGED_KINDS = ['Exec', 'Logs', 'ClusterLogs'];

/**
 * The configuration that `kwokctl create cluster --config` gets: loopback only (the default binds an etcd without
 * authentication to every interface) and our stages in place of the default ones, which would make every pod ready and
 * strip foreign finalizers. `${next-stage}` in a stage stands for the program in `next-stage.jq`.
 */
export async function kwokConfiguration(): Promise<string> {
  const folder = stagesFolder();
  // A JSON string is a YAML string, so the program needs no indentation.
  const program = JSON.stringify(await readFile(join(folder, 'next-stage.jq'), 'utf8'));
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml')).sort();
  const stages = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return [
    'apiVersion: config.kwok.x-k8s.io/v1alpha1\nkind: KwokctlConfiguration\noptions:\n  bindAddress: 127.0.0.1\n' +
      `  enableCRDs: [${STAGED_KINDS.join(', ')}]\n`,
    ...stages.map((stage) => stage.replaceAll('${next-stage}', () => program)),
  ].join('---\n');
}
