import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { ScriptSettings, ScriptsSettings } from '../../../../config/sections/custom/scripts';
import { KubernautError } from '../../../../plan/errors';

const MAX_BYTES = 1024 * 1024;

/** @throws {KubernautError} `PRECONDITION_FAILED` when there is none of that name */
export function findScript({ catalogue }: ScriptsSettings, id: string): ScriptSettings {
  if (Object.hasOwn(catalogue, id)) return catalogue[id]!;
  throw refused(`there is no script ${id} (there are: ${Object.keys(catalogue).join(', ') || 'none'})`);
}

/**
 * The script's content, which is what will be run: it is read once, judged, and handed to the sandbox, so that a file
 * changed in between makes no difference.
 *
 * @throws {KubernautError} `PRECONDITION_FAILED` when it cannot be read, lies outside the folder (a symbolic link), is larger
 * than 1 MiB, has no `#!` line, or is not the one that was pinned
 */
export async function loadScript(folder: string, { file, sha256 }: { file: string; sha256: string }): Promise<Buffer> {
  let content: Buffer;
  try {
    const base = await realpath(folder);
    const path = await realpath(join(base, file));
    if (!path.startsWith(base + sep)) throw refused(`the script ${file} lies outside its folder`);
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw refused(`the script ${file} is larger than 1 MiB`);
    content = await readFile(path);
  } catch (error) {
    if (error instanceof KubernautError) throw error;
    throw refused(`the script ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
  }
  const found = createHash('sha256').update(content).digest('hex');
  if (found !== sha256) {
    throw refused(`the script ${file} is not the one that kubernaut.yaml pins: its SHA-256 is ${found}`);
  }
  if (content.subarray(0, 2).toString() !== '#!') throw refused(`the script ${file} has no #! line`);
  return content;
}

function refused(message: string): KubernautError {
  return new KubernautError('PRECONDITION_FAILED', message, {
    remedy: 'Look at actions.custom.scripts in kubernaut.yaml; pin a changed script anew when you have read it.',
  });
}
