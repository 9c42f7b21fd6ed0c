import type { GuardAct, GuardRequest, ActResult, WaitView } from './model';

/** What is said to a guard, what it says to its holders, and what it can be asked. */
export const GuardSignal = {
  /** To the guard. */
  request: 'request',
  release: 'release',
  /** To the holder. */
  granted: 'guardGranted',
  queued: 'guardQueued',
  refused: 'guardRefused',
  lost: 'guardLost',
} as const;

/** By people, with a reason; answered with a sentence. */
export const GuardUpdate = { releaseByHand: 'releaseByHand', reset: 'reset' } as const;

/** `guard`: the {@link GuardView} · `holds`: whether this holder's token is the valid one. */
export const GuardQuery = { guard: 'guard', holds: 'holds' } as const;

/** Activities of the main queue, done as local activities: they only pass messages. */
export const GuardActivity = { request: 'guard.request', release: 'guard.release', holders: 'guard.holders' } as const;

export interface GuardedScope {
  scope: string;
  token: number;
  /** Whose it is, when not that of the run itself: of the run around a sub-plan. */
  holder?: string;
}

/** To the holder, with {@link GuardSignal.granted}. */
export interface Granted extends GuardedScope {
  /** When somebody else may last have changed something in the scope, if that was lately. */
  actedAt?: number;
}

export interface ReleaseRequest {
  holder: string;
  runId: string;
  /** Absent: whoever asks is still waiting. */
  token?: number;
  acts: { act: GuardAct; result: ActResult }[];
}

export interface HandRequest {
  by: string;
  reason: string;
  /** Only this holder. Default: all of them. */
  holder?: string;
}

export interface HoldsQuestion {
  holder: string;
  token: number;
}

export type GuardAnswer =
  | { scope: string; token: number; actedAt?: number }
  | { scope: string; wait: WaitView }
  | { scope: string; reason: string }
  | { scope: string; token: number; reason: string };

export interface GuardRequestInput {
  scope: string;
  request: GuardRequest;
}

export interface GuardReleaseInput {
  releases: { scope: string; release: ReleaseRequest }[];
}

export function guardWorkflowId(scope: string): string {
  return `guard/${scope}`;
}
