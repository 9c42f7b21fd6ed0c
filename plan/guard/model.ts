/**
 * The guard: a durable limiter of one scope. Everything it knows and everything that can happen to it, as plain data; the
 * decisions are `reduce.ts`, the workflow `guard` only carries them out. Times are workflow time in ms.
 */

/** What a guard holds its scope to. A limit that is absent is not held. */
export interface GuardLimits {
  /** Holders at once. 1: mutual exclusion. */
  capacity: number;
  /** Nobody passes a full guard, break-glass neither. */
  exclusive: boolean;
  /** How long the same action is not done again after it succeeded. */
  cooldownMs?: number;
  /** Admissions within a sliding window. */
  rate?: { max: number; windowMs: number };
  /** So many failures in a row, each within `openMs` of the one before, close the guard for `openMs`; one is forgiven for every `openMs` without any. */
  breaker?: { failures: number; openMs: number };
  /** Changes of direction, and successes of the very same fix, that are still taken for healing within the window. */
  oscillation?: { reversals: number; repeats: number; windowMs: number };
  /** How often it is asked whether holders still live, while somebody waits. */
  checkMs: number;
  /** How long an activity of a run that was terminated may go on before it hears of it (its heartbeat): so long its guard is kept. */
  lingerMs: number;
}

/** What a holder means to do in the scope. */
export interface GuardAct {
  action: string;
  /** The same for the very same fix: action and the values it sets. */
  fingerprint: string;
  /** Which way it moves the capacity of its target, and by what. */
  moves?: { axis: 'replicas' | 'resources'; direction: 'up' | 'down' };
}

export interface GuardRequest {
  /** Workflow id. */
  holder: string;
  /** Of the first run: it stays over continue-as-new and reset. */
  runId: string;
  acts: GuardAct[];
  /** Higher goes first; among equals, who came first. */
  priority: number;
  /** The reason of a person to go past cooldown, rate, breaker and oscillation, and in front of everybody. */
  breakGlass?: string;
  onBusy: 'wait' | 'refuse';
  maxWaitMs: number;
  limits: GuardLimits;
}

export interface Holder {
  holder: string;
  runId: string;
  /** Fencing: whoever comes with another one has lost the guard. Grows with every grant, over all runs of the guard. */
  token: number;
  since: number;
  acts: GuardAct[];
  breakGlass?: string;
  /** Its run has ended without a word at this time. */
  endedAt?: number;
}

export interface Waiter extends Omit<GuardRequest, 'limits'> {
  seq: number;
  since: number;
}

export type ActResult = 'succeeded' | 'failed' | 'none';

/** One act that has ended. */
export interface GuardRecord extends GuardAct {
  at: number;
  holder: string;
  result: ActResult;
}

export interface GuardState {
  scope: string;
  limits?: GuardLimits;
  /** Last one granted. */
  token: number;
  seq: number;
  holders: Holder[];
  /** In order of arrival. */
  queue: Waiter[];
  records: GuardRecord[];
  /** Times of admissions within the rate's window. */
  admitted: number[];
  failures: number;
  failedAt: number;
  checkedAt: number;
  /** When the last holder that may have changed something in the scope let go of it; forgotten soon. */
  actedAt?: number;
  notes: GuardNote[];
}

/** What people should know of: releases by hand, holders that vanished, releases that were refused. The last 20. */
export interface GuardNote {
  at: number;
  what: 'released_by_hand' | 'holder_ended' | 'release_refused' | 'break_glass' | 'reset';
  detail: string;
}

export type GuardEvent = { at: number } & (
  | { type: 'request'; request: GuardRequest }
  /** By the holder itself; takes a waiter out of the queue, too. */
  | { type: 'release'; holder: string; runId: string; token?: number; acts: { act: GuardAct; result: ActResult }[] }
  /** These runs have ended without a word. `idle`: before they could do anything with what they were just granted. */
  | { type: 'ended'; holders: { holder: string; runId: string }[]; idle?: boolean }
  | { type: 'release_by_hand'; by: string; reason: string; holder?: string }
  | { type: 'reset'; by: string; reason: string }
  | { type: 'tick' }
);

export type GuardCommand =
  /** `actedAt`: whatever the holder looked at before that may not be so any more. */
  | { type: 'grant'; holder: string; runId: string; token: number; actedAt?: number }
  | { type: 'queued'; holder: string; runId: string; wait: WaitView }
  | { type: 'refuse'; holder: string; runId: string; reason: string }
  | { type: 'lost'; holder: string; runId: string; token: number; reason: string }
  /** Find out which of these have ended. */
  | { type: 'check'; holders: { holder: string; runId: string }[] };

/** Why somebody waits, behind whom, until when. */
export interface WaitView {
  holder: string;
  /** From 1. */
  position: number;
  since: string;
  why: string;
  behind: string[];
  /** ISO 8601; absent: when the ones in front end, nobody knows when that is. */
  until?: string;
  /** After that it is refused. */
  deadline: string;
}

/** Answer of the query `guard`. */
export interface GuardView {
  scope: string;
  capacity: number;
  holders: { holder: string; token: number; since: string; actions: string[]; breakGlass?: string }[];
  queue: WaitView[];
  cooldowns: { action: string; until: string; after: string }[];
  breaker: { failures: number; of?: number; openUntil?: string };
  notes: (Omit<GuardNote, 'at'> & { at: string })[];
}
