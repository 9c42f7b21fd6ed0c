import { isDeepStrictEqual } from 'node:util';
import type { FieldChange } from '../../../../plan/step-io';
import type { KubeObject } from '../../../cluster/cluster';
import { valueAt } from './json-pointer';
import { describeWriters, writersOf } from './managed-fields';
import { show } from './set-fields';

/** Which of the fields we set is no longer what we set it to, and who wrote it; `undefined`: all hold. */
export function lostField(object: KubeObject, diff: readonly FieldChange[]): string | undefined {
  const lost = diff.find(({ path, after }) => !isDeepStrictEqual(valueAt(object, path), after));
  if (lost === undefined) return undefined;
  const writers = describeWriters(writersOf(object, lost.path));
  return `${lost.path} is ${show(valueAt(object, lost.path))} now, written by ${writers}`;
}
