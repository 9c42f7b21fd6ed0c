import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for the tests of this file or describe block, gone with them. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `kubernaut-${name}-`));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
