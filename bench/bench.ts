import type { Progress } from '../tools/progress';
import type { Stack } from '../tools/stack/stack';
import type { Row } from './row';

/** Sizes and repetitions; the defaults are those of the goals. */
export interface BenchOptions {
  /** Rounds of each comparison; in every round each side runs once, one after the other. */
  rounds: number;
  /** Sequential steps of the long plan. */
  steps: number;
  /** Short plans started at once. */
  plans: number;
  /** Pods on the node that is drained. */
  pods: number;
  /** Plans that wait for approval at the end. */
  waiting: number;
  /** Remediations that have ended, which are searched and exported. */
  runs: number;
  /** How long the sink of audits is down. */
  outageMinutes: number;
  /** Folder for CPU profiles of the workers. Default: none are taken. */
  cpuProfile?: string;
}

export interface BenchReport {
  rows: Row[];
  /** What was measured how, and what was found out on the way; each a sentence or two. */
  notes: string[];
}

export interface Bench {
  title: string;
  /** Nodes of the cluster it needs. */
  nodes: number;
  run(stack: Stack, options: BenchOptions, progress: Progress): Promise<BenchReport>;
}
