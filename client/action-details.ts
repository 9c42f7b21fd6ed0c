import type { ActionDefinition } from '../activities/contract';
import { matchesName } from '../config/name-pattern';
import type { ActionRules } from '../config/sections/action-rules';
import type { JsonObject } from '../plan/json';

/** All that is data in an action's definition, as `kubernaut actions` prints it; params as JSON Schema. */
export interface ActionDetails extends Pick<
  ActionDefinition,
  | 'name'
  | 'executor'
  | 'description'
  | 'whenToUse'
  | 'whenNotToUse'
  | 'risk'
  | 'reversibility'
  | 'disruption'
  | 'readOnly'
  | 'clusterScoped'
  | 'targetKinds'
  | 'permissions'
  | 'examples'
> {
  params: JsonObject;
  /** Rules of the settings file that deny or narrow it somewhere. */
  rules: ActionRules;
}

/** What the CLI needs of the action registry. */
export interface ActionSource {
  list(): ActionDefinition[];
  get(name: string): ActionDefinition;
  paramsJsonSchema(name: string): JsonObject;
}

export function actionDetails(source: ActionSource, action: ActionDefinition, rules: ActionRules = []): ActionDetails {
  const { name, executor, description, whenToUse, whenNotToUse, risk, reversibility, disruption } = action;
  const { readOnly, clusterScoped, targetKinds, permissions, examples } = action;
  return {
    ...{ name, executor, description, whenToUse, whenNotToUse, risk, reversibility, disruption },
    ...{ readOnly, clusterScoped, targetKinds, permissions },
    params: source.paramsJsonSchema(name),
    examples,
    rules: rules.filter(({ actions }) => matchesName(actions, name)),
  };
}
