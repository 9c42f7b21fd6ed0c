import { KubernautError } from '../plan/errors';
import type { JsonObject } from '../plan/json';
import type { ActionMeta } from '../plan/step-io';
import type { ActionCatalog, ParamsProblem } from '../plan/action-catalog';
import { closeNames } from '../plan/close-names';
import type { ActionDefinition } from './contract';
import { checkDefinition } from './definition-check';
import { createExecutor, type Executor } from './executor';
import { checkParams, paramsJsonSchema } from './params';

export interface ExecutorType {
  type: string;
  /** Other names under which definitions and settings may call it. */
  aliases: readonly string[];
}

/** The executors that Kubernaut brings; plugins add their own with {@link ActionRegistry.addExecutor}. */
export const builtinExecutors: readonly ExecutorType[] = [
  { type: 'kubernetes', aliases: ['k8s'] },
  { type: 'monitoring', aliases: ['alerting'] },
  { type: 'custom', aliases: ['generic'] },
];

/**
 * All actions that exist. Nothing outside it can be named in a plan, and what is in it has a real implementation.
 * A registry is a value: make one per process (`createRegistry`) and hand it on.
 */
export class ActionRegistry implements ActionCatalog {
  private readonly actions = new Map<string, ActionDefinition>();
  private readonly types = new Map<string, ExecutorType>();

  constructor(executors: readonly ExecutorType[] = builtinExecutors) {
    for (const executor of executors) this.addExecutor(executor);
  }

  /** @throws {KubernautError} `ACTION_DUPLICATE` when the type or one of its aliases is taken */
  addExecutor(executor: ExecutorType): this {
    for (const name of [executor.type, ...executor.aliases]) {
      const taken = this.findExecutorType(name);
      if (taken !== undefined) {
        throw new KubernautError(
          'ACTION_DUPLICATE',
          `executor ${executor.type}: the name ${name} belongs to ${taken} already`,
          {
            remedy: 'Give the second executor another name.',
          },
        );
      }
    }
    this.types.set(executor.type, executor);
    return this;
  }

  /**
   * @throws {KubernautError} `ACTION_DUPLICATE` naming both executors · `ACTION_INVALID` for a definition without a real
   * implementation (see {@link checkDefinition}) or of an executor that does not exist
   */
  register(...definitions: readonly ActionDefinition[]): this {
    for (const definition of definitions) {
      const executor = this.findExecutorType(definition.executor);
      const present = this.actions.get(definition.name);
      if (present !== undefined) {
        throw new KubernautError(
          'ACTION_DUPLICATE',
          `action ${definition.name} of executor ${executor ?? definition.executor} is registered already, by executor ${present.executor}`,
        );
      }
      checkDefinition(definition);
      if (executor === undefined) {
        throw new KubernautError(
          'ACTION_INVALID',
          `action ${definition.name}: there is no executor ${definition.executor} (there are ${[...this.types.keys()].join(', ')}); add it with addExecutor`,
        );
      }
      this.actions.set(definition.name, definition.executor === executor ? definition : { ...definition, executor });
    }
    return this;
  }

  /** @throws {KubernautError} `ACTION_UNKNOWN` */
  unregister(name: string): this {
    this.get(name);
    this.actions.delete(name);
    return this;
  }

  isRegistered(name: string): boolean {
    return this.actions.has(name);
  }

  /** @throws {KubernautError} `ACTION_UNKNOWN` with the closest names and how to add an action */
  get(name: string): ActionDefinition {
    const definition = this.actions.get(name);
    if (definition !== undefined) return definition;
    const close = closeNames(name, this.actions.keys());
    const hint = close.length > 0 ? `; did you mean ${close.join(' or ')}?` : '';
    throw new KubernautError('ACTION_UNKNOWN', `there is no action ${name}${hint}`, {
      remedy:
        '`kubernaut actions` lists the registered actions. To add one: a file under activities/executors/<executor>/ with ' +
        'defineAction, listed by its executor; or registry.register(definition) from a plugin.',
    });
  }

  /** All actions, or those of one executor (type or alias), sorted by name. */
  list(executor?: string): ActionDefinition[] {
    const type = executor === undefined ? undefined : this.executorType(executor);
    return [...this.actions.values()]
      .filter((definition) => type === undefined || definition.executor === type)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The type that a name or alias stands for (`k8s` → `kubernetes`). @throws {KubernautError} `ACTION_UNKNOWN` */
  executorType(name: string): string {
    const type = this.findExecutorType(name);
    if (type === undefined) {
      throw new KubernautError(
        'ACTION_UNKNOWN',
        `there is no executor ${name}; there are ${[...this.types.keys()].join(', ')}`,
      );
    }
    return type;
  }

  executorTypes(): ExecutorType[] {
    return [...this.types.values()];
  }

  /** The executor of a type or alias, over the actions registered now. */
  executor(name: string): Executor {
    const type = this.types.get(this.executorType(name))!;
    return createExecutor(type.type, type.aliases, this.list(type.type));
  }

  // — what the plan language asks of a catalogue of actions (`ActionCatalog`)

  has(name: string): boolean {
    return this.isRegistered(name);
  }

  names(): string[] {
    return [...this.actions.keys()].sort();
  }

  /** @throws {KubernautError} `ACTION_UNKNOWN` */
  meta(name: string): ActionMeta & { targetKinds: readonly string[] } {
    const definition = this.get(name);
    return { ...actionMeta(definition), targetKinds: definition.targetKinds };
  }

  /** Every problem of the params of action `name`. @throws {KubernautError} `ACTION_UNKNOWN` */
  checkParams(name: string, params: unknown): ParamsProblem[] {
    return checkParams(this.get(name), params);
  }

  /** JSON Schema of the params of action `name`. @throws {KubernautError} `ACTION_UNKNOWN` */
  paramsJsonSchema(name: string): JsonObject {
    return paramsJsonSchema(this.get(name));
  }

  private findExecutorType(name: string): string | undefined {
    for (const { type, aliases } of this.types.values()) if (type === name || aliases.includes(name)) return type;
    return undefined;
  }
}

/** The facts of a definition that workflows, CLI and documents need. */
export function actionMeta(definition: ActionDefinition): ActionMeta {
  const {
    name,
    executor,
    risk,
    reversibility,
    disruption,
    readOnly,
    clusterScoped,
    durableTimer,
    childPlan,
    approval,
    foreseeable,
  } = definition;
  return {
    ...{ name, executor, risk, reversibility, disruption, readOnly, clusterScoped },
    ...(durableTimer === undefined ? {} : { durableTimer }),
    ...(childPlan === undefined ? {} : { childPlan }),
    ...(approval === undefined ? {} : { approval }),
    ...(foreseeable === undefined ? {} : { foreseeable }),
  };
}
