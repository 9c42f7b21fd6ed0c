import { kubectlCommand } from '../../tools/stack/kubectl-command';
import { testEnvironment } from './environment';

export interface KubectlOptions {
  /** Standard input, e.g. a manifest for `apply -f -`; an object is sent as JSON. */
  input?: string | object;
  /** Milliseconds. Default 60,000. */
  timeout?: number;
}

/** Runs kubectl on the test cluster and returns what it printed. Throws with its error output when it fails. */
export async function kubectl(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
  const input = typeof options.input === 'object' ? JSON.stringify(options.input) : options.input;
  const { code, stdout, stderr } = await kubectlCommand(testEnvironment(), args, { input, timeoutMs: options.timeout });
  if (code !== 0) {
    throw new Error(`kubectl ${args.join(' ')} ended with ${code ?? 'a signal'}: ${stderr.trim()}`);
  }
  return stdout;
}

/** The same with `-o json`, parsed. */
export async function kubectlJson<T = Record<string, unknown>>(
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<T> {
  return JSON.parse(await kubectl([...args, '-o', 'json'], options)) as T;
}
