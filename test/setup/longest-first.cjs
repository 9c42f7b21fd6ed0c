const Sequencer = require('@jest/test-sequencer').default;

/**
 * Without a record of how long files took, jest begins with the largest one, and would leave the conformance of the catalogue,
 * a short file that takes minutes, to the end, where the other worker has nothing to do any more.
 */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const isLong = ({ path }) => path.endsWith('catalogue.test.ts');
    const sorted = super.sort(tests);
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
  }
};
