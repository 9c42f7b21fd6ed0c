import type { ActionDefinition } from '../../activities/contract';
import type { JsonObject } from '../../plan/json';

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
}

/** What the CLI needs of the action registry. */
export interface ActionSource {
  list(): ActionDefinition[];
  get(name: string): ActionDefinition;
  paramsJsonSchema(name: string): JsonObject;
}

export function actionDetails(source: ActionSource, action: ActionDefinition): ActionDetails {
  const { name, executor, description, whenToUse, whenNotToUse, risk, reversibility, disruption } = action;
  const { readOnly, clusterScoped, targetKinds, permissions, examples } = action;
  return {
    ...{ name, executor, description, whenToUse, whenNotToUse, risk, reversibility, disruption },
    ...{ readOnly, clusterScoped, targetKinds, permissions },
    params: source.paramsJsonSchema(name),
    examples,
  };
}
