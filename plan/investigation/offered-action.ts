import type { ParamsProblem } from '../action-catalog';
import type { JsonObject } from '../json';
import type { ActionMeta } from '../step-io';

/** An action that HolmesGPT may recommend in an incident, as the pure core needs it. */
export interface OfferedAction {
  meta: ActionMeta;
  description: string;
  whenToUse: string;
  whenNotToUse: string;
  /** Never empty: an action without a target has no bounds that an incident could give it. */
  targetKinds: readonly string[];
  /** JSON Schema of the params, before defaults. */
  paramsSchema: JsonObject;
  checkParams(params: JsonObject): ParamsProblem[];
}

/** By name. What is not in it cannot be recommended, registered or not. */
export type OfferedActions = ReadonlyMap<string, OfferedAction>;
