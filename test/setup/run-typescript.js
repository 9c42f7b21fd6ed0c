// `node run-typescript.js FILE.ts [ARG…]`: runs a source file as it is in a process of its own, for tests that kill it.
const { readFileSync } = require('node:fs');
const { resolve } = require('node:path');
const { transformSync } = require('@swc/core');

require.extensions['.ts'] = (module, filename) => {
  const options = { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } };
  module._compile(transformSync(readFileSync(filename, 'utf8'), { ...options, filename }).code, filename);
};

const file = resolve(process.argv[2]);
process.argv.splice(1, 2, file);
require(file);
