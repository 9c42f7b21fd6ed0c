import type { ErrorCode } from '../plan/errors';
import type { Phase } from '../plan/step-io';

/** One attempt of one phase. All fields are bounded, so they may be labels of metrics. */
export interface PhaseAttempt {
  action: string;
  executor: string;
  phase: Phase;
}

/** `ok` · `no_effect`: nothing had to be done · `unverified`: verify said no · else the error's code. */
export type PhaseOutcome = 'ok' | 'no_effect' | 'unverified' | ErrorCode;

/** Told of every attempt; the worker makes metrics of it. */
export interface ActionObserver {
  /** Called when an attempt starts; what it returns is called when that attempt ends. */
  started(attempt: PhaseAttempt): (outcome: PhaseOutcome) => void;
}

export const noObserver: ActionObserver = { started: () => () => {} };
