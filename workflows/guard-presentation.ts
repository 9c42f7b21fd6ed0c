import type { GuardView } from '../plan/guard/model';
import { plainText } from './presentation';

/** Longer queues show only their head in the Web UI; `kubernaut guard show` has them whole. */
const MAX_ROWS = 20;

/** Who holds the guard and who waits for it, for the Web UI. */
export function guardMarkdown(view: GuardView): string {
  const { scope, capacity, holders, queue, cooldowns, breaker } = view;
  return [
    `**${plainText(scope)}** — ${holders.length} of ${capacity} held, ${queue.length} waiting`,
    ...(breaker.openUntil ? [`- closed after ${breaker.failures} failures until ${breaker.openUntil}`] : []),
    ...holders.map(
      ({ holder, since, actions }) => `- held by ${plainText(holder)} since ${since}: ${actions.join(', ')}`,
    ),
    ...cooldowns.map(({ action, until }) => `- cooldown of ${action} until ${until}`),
    ...queue
      .slice(0, MAX_ROWS)
      .map(
        ({ position, holder, why, deadline }) =>
          `${position}. ${plainText(holder)}: ${plainText(why)} (until ${deadline})`,
      ),
    ...(queue.length > MAX_ROWS ? [`… and ${queue.length - MAX_ROWS} more`] : []),
  ].join('\n');
}
