import { Ajv2020 } from 'ajv/dist/2020';
import { KubernautError } from '../../../../plan/errors';
import type { JsonObject } from '../../../../plan/json';

/**
 * Holds the arguments against the script's own schema. Nothing is coerced and no default filled in: the script gets what was
 * approved.
 *
 * @throws {KubernautError} `PARAMS_INVALID` with every problem · `SETTINGS_INVALID` when the schema itself is none
 */
export function checkArgs(id: string, schema: JsonObject, args: JsonObject): void {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, logger: false });
  let check;
  try {
    check = ajv.compile(schema);
  } catch (error) {
    throw new KubernautError(
      'SETTINGS_INVALID',
      `the schema of script ${id} cannot be used: ${(error as Error).message}`,
    );
  }
  if (check(args)) return;
  const problems = (check.errors ?? []).map(({ instancePath, message, params }) => {
    const extra = 'additionalProperty' in params ? ` (${String(params['additionalProperty'])})` : '';
    return `params/args${instancePath}: ${message ?? 'is not right'}${extra}`;
  });
  throw new KubernautError('PARAMS_INVALID', `script ${id}: ${problems.join('; ')}`, {
    remedy: `The schema of its arguments is at actions.custom.scripts.catalogue.${id} in kubernaut.yaml.`,
  });
}
