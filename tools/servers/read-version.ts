import { runCommand } from '../processes/run-command';
import type { ServerSpec } from './server-spec';

/** What an executable says its version is; undefined when it cannot be run or says something else. */
export async function readVersion(spec: ServerSpec, file: string): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await runCommand(file, spec.versionArgs, { timeoutMs: 20_000 });
    return new RegExp(spec.versionPattern, 'm').exec(`${stdout}\n${stderr}`)?.[1];
  } catch {
    return undefined;
  }
}
