import { join } from 'node:path';
import { type CommandResult, runCommand } from '../processes/run-command';

export interface KubectlTarget {
  kubectl: string;
  kubeconfig: string;
  context: string;
  workdir: string;
}

/**
 * Runs kubectl against the stack's cluster and no other: kubeconfig and context are always named, and the discovery cache
 * lies in the workdir. Default deadline 60 s.
 */
export function kubectlCommand(
  target: KubectlTarget,
  args: readonly string[],
  options: { input?: string; timeoutMs?: number } = {},
): Promise<CommandResult> {
  return runCommand(
    target.kubectl,
    [
      `--kubeconfig=${target.kubeconfig}`,
      `--context=${target.context}`,
      `--cache-dir=${join(target.workdir, 'kubectl-cache')}`,
      ...args,
    ],
    { timeoutMs: 60_000, ...options },
  );
}
