import type { GuardAct, GuardRecord, GuardState } from './model';

/**
 * Why acting once more would be going round in circles; undefined: it would not. Two ways of it are known: the capacity of
 * the target goes up and down again (replicas, resources, or one against the other), or the very same fix keeps succeeding
 * and has to be done again.
 */
export function oscillation(state: GuardState, acts: readonly GuardAct[], now: number): string | undefined {
  const limits = state.limits?.oscillation;
  if (limits === undefined) return undefined;
  const since = now - limits.windowMs;
  const effective = state.records.filter((record) => record.at > since && record.result === 'succeeded');
  const within = `within ${Math.round(limits.windowMs / 60_000)} min`;
  for (const act of acts) {
    const same = effective.filter((record) => record.fingerprint === act.fingerprint);
    if (same.length >= limits.repeats) {
      return `${act.action} has been done ${same.length} times ${within} with the same values and did not last`;
    }
    const turns = turnsOf(effective, act);
    if (turns.length > limits.reversals) {
      const path = turns.map(({ moves }) => `${moves!.axis} ${moves!.direction}`).join(', ');
      return `the target swings to and fro ${within}: ${path}`;
    }
  }
  return undefined;
}

/** The moves of the target's capacity, each that only continues the one before left out, `act` the last one. */
function turnsOf(records: readonly GuardRecord[], act: GuardAct): GuardAct[] {
  if (act.moves === undefined) return [];
  const turns: GuardAct[] = [];
  for (const move of [...records.filter(({ moves }) => moves !== undefined), act]) {
    if (turns.at(-1)?.moves?.direction !== move.moves!.direction) turns.push(move);
  }
  // Only a last one that really turns back is to blame.
  return turns.at(-1) === act ? turns : [];
}
