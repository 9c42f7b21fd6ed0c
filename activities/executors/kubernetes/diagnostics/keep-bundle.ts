import { createHash } from 'node:crypto';
import { access, constants, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KubernautError } from '../../../../plan/errors';
import type { ActionContext } from '../../../contract';
import type { Bundle } from './bundle';

/** Leads from the history to the file, and tells whether it is still the same. */
export type BundleReference = { file: string; sha256: string; bytes: number };

/** @throws {KubernautError} `PRECONDITION_FAILED` before anything is collected for nothing */
export async function requireFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
    .then(() => access(folder, constants.W_OK))
    .catch((error: unknown) => {
      throw cannotWrite(error);
    });
}

/** One file per operation: a second attempt writes it anew. Only the worker's user can read it. */
export async function keepBundle(ctx: ActionContext, folder: string, bundle: Bundle): Promise<BundleReference> {
  const content = `${JSON.stringify({ operationId: ctx.operationId, ...bundle }, undefined, 2)}\n`;
  const { kind, namespace, name } = bundle.object;
  const operation = createHash('sha256').update(ctx.operationId).digest('hex').slice(0, 10);
  const file = [kind, namespace, name, operation].filter((part) => typeof part === 'string').join('_') + '.json';
  try {
    const unfinished = join(folder, `.${file}.${process.pid}`);
    await writeFile(unfinished, content, { mode: 0o600 });
    await rename(unfinished, join(folder, file));
  } catch (error) {
    throw cannotWrite(error);
  }
  return { file, sha256: createHash('sha256').update(content).digest('hex'), bytes: Buffer.byteLength(content) };
}

function cannotWrite(error: unknown): KubernautError {
  const code = (error as NodeJS.ErrnoException).code ?? 'error';
  return new KubernautError('PRECONDITION_FAILED', `the folder for diagnostics cannot be written (${code})`, {
    remedy: 'Correct actions.kubernetes.diagnostics.folder of kubernaut.yaml, or the rights on it.',
  });
}
