// `npm run fuzz [-- CASES]`: hostile input for every parser that faces the outside, 100,000 cases each by default, other ones in
// every run. `npm test` has some hundred of each. What fails is shrunk and printed with its seed (KUBERNAUT_PROPERTY_SEED).
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');

const [cases = '100000', ...others] = process.argv.slice(2);
if (!/^[1-9]\d{0,8}$/.test(cases) || others.length > 0) {
  process.stderr.write('How many cases for each parser? One number. Default: 100000.\n');
  process.exit(2);
}
const root = join(__dirname, '..', '..');
const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const { status } = spawnSync(
  process.execPath,
  [jest, '-i', '--selectProjects=unit', '--testPathPatterns', 'unit/fuzz'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { KUBERNAUT_PROPERTY_SEED: 'random', ...process.env, KUBERNAUT_FUZZ_RUNS: cases },
  },
);
process.exit(status ?? 1);
