import { resultOf } from '../guard/acts';
import { actsIn } from '../guard/needs';
import type { Draft } from './draft';

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
