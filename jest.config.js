/**
 * Four projects: `unit` needs no server, `replay` needs none either, `integration` gets one Temporal server and one
 * cluster for the whole run (its global setup is not run when no integration test was selected).
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

/** @type {import('jest').Config} */
module.exports = {
  // Two cores; the servers of the integration tests need their share.
  maxWorkers: 2,
  testSequencer: '<rootDir>/test/setup/longest-first.cjs',
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
      globalSetup: '<rootDir>/test/setup/global-setup.ts',
      globalTeardown: '<rootDir>/test/setup/global-teardown.ts',
      setupFilesAfterEnv: ['<rootDir>/test/setup/integration-timeout.ts'],
    },
    {
      // The engine once more, with every workflow task replayed from the start of its history: nothing may hang on memory.
      ...shared,
      displayName: 'always-replay',
      testMatch: ['<rootDir>/test/integration/engine/**/*.test.ts'],
      globalSetup: '<rootDir>/test/setup/global-setup.ts',
      globalTeardown: '<rootDir>/test/setup/global-teardown.ts',
      setupFiles: ['<rootDir>/test/setup/always-replay.ts'],
      setupFilesAfterEnv: ['<rootDir>/test/setup/integration-timeout.ts'],
    },
    {
      ...shared,
      displayName: 'replay',
      testMatch: ['<rootDir>/test/replay/**/*.test.ts'],
    },
  ],
};
