import type { Investigation } from './investigation';
import { untrustedLine, untrustedText, utf8Bytes } from './untrusted-text';

/** Below the 64 KiB of an activity's output, with room for what is wrapped around it. */
export const MAX_INVESTIGATION_BYTES = 60 * 1024;
const MAX_PROBLEMS = 20;

/** The same within its bounds: texts for people are given up first, then the last recommendations, each named. */
export function fitInvestigation(given: Investigation): Investigation {
  let fitting: Investigation = {
    ...given,
    problems: given.problems
      .slice(0, MAX_PROBLEMS)
      .map(({ at, message }) => ({ at: untrustedLine(at, 64), message: untrustedLine(message, 320) })),
  };
  const tooLarge = () => utf8Bytes(JSON.stringify(fitting)) > MAX_INVESTIGATION_BYTES;
  if (tooLarge()) fitting = { ...fitting, analysis: untrustedText(fitting.analysis, 1024), evidence: [] };
  while (tooLarge() && fitting.recommendations.length > 0) {
    const last = fitting.recommendations.at(-1)!;
    const message = 'left out: the answer as a whole is too large';
    fitting = {
      ...fitting,
      recommendations: fitting.recommendations.slice(0, -1),
      problems: [...fitting.problems, { at: `recommendations[${last.index}]`, message }],
    };
  }
  return fitting;
}
