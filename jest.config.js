/**
 * Six projects: `unit` needs no server, `replay` needs none either, `integration`, `always-replay`, `conformance` and `playbooks` get one
 * Temporal server and one cluster for the whole run (their global setup is not run when none of their tests was selected).
 * `npm test` leaves out `always-replay`, `conformance` and `playbooks`, which are `npm run test:always-replay` and so on; CI runs all.
 *
 *   npx jest --selectProjects unit        seconds
 *   KUBERNAUT_STACK_INFO=info.json npx jest --selectProjects integration    against a stack that is running already
 */

// Packages that are published as ES modules only; Node ≥ 20.19 can require them, jest cannot, so they are transformed.
const esModules = [
  '@kubernetes/client-node',
  '@marcbachmann/cel-js',
  '@noble/hashes',
  'cookie',
  'jose',
  'jsonpath-plus',
  'oauth4webapi',
  'openid-client',
  'rfc4648',
  'uuid',
];

const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } } }],
    '^.+\\.m?js$': ['@swc/jest', { jsc: { target: 'es2023' } }],
  },
  transformIgnorePatterns: [`/node_modules/(?!(?:${esModules.join('|')})/)`],
  modulePathIgnorePatterns: ['<rootDir>/lib/'],
};

const catalogue = 'test/integration/conformance/catalogue.test.ts';
const playbooks = 'test/integration/incident/playbooks/all-';

/** @type {import('jest').Config} */
module.exports = {
  // More than the two cores that CI has: integration tests mostly wait for the servers, for pods and for timers.
  maxWorkers: 4,
  testSequencer: '<rootDir>/test/setup/longest-first.js',
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/test/unit/**/*.test.ts',
        '<rootDir>/{plan,workflows,activities,workers,config,client,examples}/**/*.test.ts',
      ],
      setupFilesAfterEnv: ['<rootDir>/test/setup/unit-timeout.ts'],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/integration/**/*.test.ts'],
      testPathIgnorePatterns: [catalogue, playbooks],
      globalSetup: '<rootDir>/test/setup/global-setup.ts',
      globalTeardown: '<rootDir>/test/setup/global-teardown.ts',
      setupFilesAfterEnv: ['<rootDir>/test/setup/integration-timeout.ts'],
    },
    {
      // The engine once more, with every workflow task replayed from the start of its history: nothing may hang on memory.
      ...shared,
      displayName: 'always-replay',
      testMatch: ['<rootDir>/test/integration/engine/**/*.test.ts'],
      // Those are about servers that restart and limits that hold, whatever the workflows remember.
      testPathIgnorePatterns: ['engine/server-restart', 'engine/storm'],
      globalSetup: '<rootDir>/test/setup/global-setup.ts',
      globalTeardown: '<rootDir>/test/setup/global-teardown.ts',
      setupFiles: ['<rootDir>/test/setup/always-replay.ts'],
      setupFilesAfterEnv: ['<rootDir>/test/setup/always-replay-timeout.ts'],
    },
    {
      // Every action of the catalogue in the conformance kit: minutes, so it has a script of its own.
      ...shared,
      displayName: 'conformance',
      testMatch: [`<rootDir>/${catalogue}`],
      globalSetup: '<rootDir>/test/setup/global-setup.ts',
      globalTeardown: '<rootDir>/test/setup/global-teardown.ts',
      setupFilesAfterEnv: ['<rootDir>/test/setup/integration-timeout.ts'],
    },
    {
      // Every playbook that ships, from a staged fault to its end, alone and chosen by HolmesGPT.
      ...shared,
      displayName: 'playbooks',
      testMatch: [`<rootDir>/${playbooks}*.test.ts`],
      globalSetup: '<rootDir>/test/setup/global-setup.ts',
      globalTeardown: '<rootDir>/test/setup/global-teardown.ts',
      setupFilesAfterEnv: ['<rootDir>/test/setup/integration-timeout.ts'],
    },
    {
      ...shared,
      displayName: 'replay',
      testMatch: ['<rootDir>/test/replay/**/*.test.ts'],
      setupFilesAfterEnv: ['<rootDir>/test/setup/unit-timeout.ts'],
    },
  ],
};
