/** A validation older than this is not trusted when its step's turn comes: the step is validated again. Milliseconds. */
export const STALE_AFTER_MS = 60_000;

/** The same for what a person has looked at: after a wait for approval of this long, every step is validated again. Milliseconds. */
export const STALE_AFTER_APPROVAL_MS = 5_000;

/** A validation may have looked at its target so long before its result was there. Milliseconds. */
export const LOOKED_BEFORE_MS = 5_000;

/** Steps of a run in all, forEach instances included. */
export const MAX_STEPS = 500;
