import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../../tools/processes/run-command';
import { kubectl } from '../../setup';

const MODULE = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';

/** Installs a CRD of the Prometheus operator, as its Go module (checked by the checksum database) brings it; it stays. */
export async function installCrd(plural: string): Promise<void> {
  const { code, stdout, stderr } = await runCommand('go', ['mod', 'download', '-json', MODULE], { cwd: tmpdir() });
  if (code !== 0) throw new Error(`${MODULE} cannot be had: ${stderr} ${stdout}`);
  const { Dir: folder } = JSON.parse(stdout) as { Dir: string };
  const file = join(folder, 'example', 'prometheus-operator-crd', `monitoring.coreos.com_${plural}.yaml`);
  // Server-side: the larger ones do not fit into the annotation of a client-side apply.
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input: await readFile(file, 'utf8') });
  await kubectl(['wait', '--for=condition=Established', `crd/${plural}.monitoring.coreos.com`, '--timeout=20s']);
}
