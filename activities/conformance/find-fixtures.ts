import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { KubernautError } from '../../plan/errors';
import type { ConformanceFixture } from './fixture';

const EXECUTORS = join(__dirname, '..', 'executors');

/**
 * The fixtures of the built-in actions: every `executors/<executor>/<action>.conformance.ts` (compiled: `.js`).
 *
 * @throws {KubernautError} `ACTION_INVALID` for such a file that exports no `conformance`
 */
export function findFixtures(folder = EXECUTORS): ConformanceFixture[] {
  const executors = readdirSync(folder, { withFileTypes: true }).filter((each) => each.isDirectory());
  return executors.flatMap(({ name }) =>
    readdirSync(join(folder, name))
      .filter((file) => /\.conformance\.(js|ts)$/.test(file))
      .map((file) => load(join(folder, name, file))),
  );
}

function load(file: string): ConformanceFixture {
  const { conformance } = require(file) as { conformance?: ConformanceFixture };
  if (typeof conformance?.stage !== 'function') {
    throw new KubernautError('ACTION_INVALID', `${file} exports no conformance (defineFixture)`);
  }
  return conformance;
}
