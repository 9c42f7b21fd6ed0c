const Sequencer = require('@jest/test-sequencer').default;

/**
 * What takes longest starts first, also in a fresh clone, where jest knows no durations and goes by the size of files: one
 * long file at the end would leave the other workers without work.
 */
const longest = [
  'unit/core/random-plans',
  'engine/',
  'crash/',
  'metrics/metrics',
  'stack.test',
  'cli/',
  'incident/',
  'worker/',
  'snapshots',
  'kubernetes/',
];

class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const at = longest.findIndex((part) => path.includes(part));
      return at < 0 ? longest.length : at;
    };
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
}

module.exports = LongestFirst;
