import { resultOf } from '../guard/acts';
import { actsIn } from '../guard/needs';
import type { Draft } from './draft';

/**
 * While people are asked again, others may have the guards; nothing has been done under them. One that is still asked for stays
 * asked for: its answer may be on its way.
 */
export function yieldGuards(draft: Draft): void {
  const { guards } = draft.state;
  if (guards === undefined) return;
  const releases = Object.entries(guards.held).map(([scope, token]) => ({ scope, token, acts: [] }));
  if (releases.length > 0) draft.command({ type: 'release', releases });
  draft.state.guards = { ...guards, held: {} };
}

/** The end, whichever way it came: everything is given back, with how it went. */
export function releaseGuards(draft: Draft): void {
  const { run, state } = draft;
  const { guards } = state;
  if (guards === undefined) return;
  const acts = (scope: string) =>
    actsIn(run, state, scope).map(({ id, act }) => ({ act, result: resultOf(state, id) }));
  const held = Object.entries(guards.held).map(([scope, token]) => ({ scope, token, acts: acts(scope) }));
  const releases = guards.waiting ? [...held, { scope: guards.waiting.scope, acts: [] }] : held;
  if (releases.length > 0) draft.command({ type: 'release', releases });
  const { waiting: _, ...rest } = guards;
  draft.state.guards = { ...rest, held: {} };
}
