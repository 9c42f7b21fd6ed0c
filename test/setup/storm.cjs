// `npm run storm [-- plans|alerts]`: a storm at its full size; `npm test` has small ones of both.
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');

const storms = {
  plans: { pattern: 'engine/storm', env: { KUBERNAUT_STORM_PLANS: '300' } },
  alerts: { pattern: 'bridge/storm', env: { KUBERNAUT_STORM_ALERTS: '10000' } },
};

const [name = 'plans', ...others] = process.argv.slice(2);
if (!Object.hasOwn(storms, name) || others.length > 0) {
  process.stderr.write(`Which storm? One of: ${Object.keys(storms).join(', ')}. Default: plans.\n`);
  process.exit(2);
}
const { pattern, env } = storms[name];
const root = join(__dirname, '..', '..');
const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const { status } = spawnSync(process.execPath, [jest, '--selectProjects=integration', '--testPathPatterns', pattern], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ...env },
});
process.exit(status ?? 1);
