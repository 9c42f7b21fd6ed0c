import type { ErrorCode } from '../plan/errors';
import type { Phase } from '../plan/step-io';

/** One attempt of one phase. The names may be labels of metrics: all but the cluster are bounded. */
export interface PhaseAttempt {
  action: string;
  executor: string;
  phase: Phase;
  /** The step's; a plan may name any. */
  cluster: string;
  /** How long this attempt was in its task queue. Absent where the host does not tell. */
  waitMs?: number;
}

/** `ok` · `no_effect`: nothing had to be done · `unverified`: verify said no · else the error's code. */
export type PhaseOutcome = 'ok' | 'no_effect' | 'unverified' | ErrorCode;

/** Told of every attempt; the worker makes metrics of it. */
export interface ActionObserver {
  /** Called when an attempt starts; what it returns is called when that attempt ends. */
  started(attempt: PhaseAttempt): (outcome: PhaseOutcome) => void;
  /** The same for a question to HolmesGPT: `investigate` or `follow_up`. `outcome` is `ok` or an error code. */
  asked?(question: string): (outcome: string) => void;
}

export const noObserver: ActionObserver = { started: () => () => {} };
