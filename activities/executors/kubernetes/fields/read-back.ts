import type { Evidence } from '../../../../plan/step-io';
import type { ActionContext } from '../../../contract';
import { describeRef } from '../../../cluster/resource-path';
import { readTarget, validatedTarget } from '../target/read-target';
import { proven, refuted } from '../wait/evidence';
import { holds, type RecordedField } from './recorded-field';
import { describeState, type FieldValidation } from './set-fields';

/** True when the fields read back as wished: for objects whose fields are their whole effect, nothing else has to follow. */
export async function verifyReadBack(ctx: ActionContext, validation: FieldValidation): Promise<Evidence> {
  const target = validatedTarget(validation);
  const object = await readTarget(ctx, target);
  const wrong = validation.diff.filter(({ path, after }) => !holds(object, { path, value: after }));
  const data = { fields: validation.diff.map(({ path }) => path) };
  if (wrong.length === 0) return proven(`${describeRef(target)} reads back as wished`, data);
  const wished = wrong.map(({ path, after }): RecordedField =>
    after === undefined ? { path, absent: true } : { path, value: after },
  );
  return refuted(`${describeRef(target)}: ${describeState(object, wished)}`, data);
}
