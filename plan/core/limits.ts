/** A validation older than this is not trusted when its step's turn comes: the step is validated again. Milliseconds. */
export const STALE_AFTER_MS = 60_000;

/** Steps of a run in all, forEach instances included. */
export const MAX_STEPS = 500;
