const Sequencer = require('@jest/test-sequencer').default;

/**
 * What takes longest starts first, also in a fresh clone, where jest knows no durations and goes by the size of files: one
 * long file at the end would leave the other workers without work.
 */
const longest = [
  'unit/core/random-plans',
  'engine/',
  'crash/',
  'stack.test',
  'cli/process',
  'snapshots',
  'kubernetes/',
];

class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path, context }) => {
      const at = longest.findIndex((part) => path.includes(part));
      const replays = context.config.displayName?.name === 'always-replay' ? -0.5 : 0;
      return (at < 0 ? longest.length : at) + replays;
    };
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
}

module.exports = LongestFirst;
