import { z } from 'zod';
import { KubernautError } from '../plan/errors';
import type { ConformanceFixture } from './conformance/fixture';
import { defineAction, type ActionDefinition } from './contract';
import { fieldAction } from './executors/kubernetes/fields/field-action';
import type { ActionRegistry, ExecutorType } from './registry';

/** What a plugin module exports as `plugin` or as its default: this, or a function of {@link PluginTools} that returns it. */
export interface Plugin {
  name: string;
  /** Executors it brings; its actions may also belong to a built-in one. */
  executors?: readonly ExecutorType[];
  actions: readonly ActionDefinition[];
  /** How its actions are staged for `kubernaut conformance`, which proves them. */
  conformance?: readonly ConformanceFixture[];
}

/**
 * Handed to a plugin that exports a function. These are the worker's own: a plugin that brought a second copy of Kubernaut would
 * throw errors that nobody here knows by their code.
 */
export interface PluginTools {
  defineAction: typeof defineAction;
  /** An action that sets fields of one object and puts them back: the definition only says which, and when it is true. */
  fieldAction: typeof fieldAction;
  KubernautError: typeof KubernautError;
  z: typeof z;
}

/**
 * Loads plugin modules and registers what they bring; a module with any problem is refused as a whole, with the module named.
 * Plugins run with all rights of the worker: load only what you trust.
 *
 * @param modules absolute paths, or names of installed packages
 * @throws {KubernautError} `SETTINGS_INVALID` when a module cannot be loaded or exports no plugin · `ACTION_DUPLICATE` and
 * `ACTION_INVALID` as {@link ActionRegistry.register}
 */
export function loadPlugins(registry: ActionRegistry, modules: readonly string[]): Plugin[] {
  return modules.map((module) => {
    const plugin = load(module);
    const before = new Set(registry.names());
    try {
      for (const executor of plugin.executors ?? []) registry.addExecutor(executor);
      registry.register(...plugin.actions);
    } catch (error) {
      for (const name of registry.names()) if (!before.has(name)) registry.unregister(name);
      if (!(error instanceof KubernautError)) throw refusal(module, error);
      throw new KubernautError(error.code, `plugin ${plugin.name} (${module}): ${error.message}`, {
        cause: error,
        remedy: error.remedy,
      });
    }
    return plugin;
  });
}

function load(module: string): Plugin {
  const exported = requireModule(module);
  for (const candidate of [exported['plugin'], exported['default'], exported]) {
    if (typeof candidate === 'function') return checked(module, build(module, candidate as PluginFactory));
    if (looksLikePlugin(candidate)) return checked(module, candidate);
  }
  throw refusal(module, 'it exports no plugin');
}

type PluginFactory = (tools: PluginTools) => unknown;

function requireModule(module: string): Record<string, unknown> {
  try {
    // Packages are looked for where the process was started, then beside Kubernaut. ES modules can be required, too (Node ≥ 20.19).
    return require(require.resolve(module, { paths: [process.cwd(), __dirname] })) as Record<string, unknown>;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new KubernautError('SETTINGS_INVALID', `plugin ${module} cannot be loaded: ${why}`, { cause: error });
  }
}

function build(module: string, factory: PluginFactory): unknown {
  try {
    return factory({ defineAction, fieldAction, KubernautError, z });
  } catch (error) {
    throw refusal(module, error);
  }
}

function looksLikePlugin(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'actions' in value;
}

/** JavaScript has no types: the shape is checked before anything of it is registered. Definitions are checked by the registry. */
function checked(module: string, value: unknown): Plugin {
  const result = shape.safeParse(value);
  if (result.success) return value as Plugin;
  const problems = result.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.') || 'plugin'}: ${message}`,
  );
  throw refusal(module, problems.join('; '));
}

const shape = z.looseObject({
  name: z.string().min(1),
  executors: z
    .array(z.object({ type: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/), aliases: z.array(z.string().min(1)) }))
    .optional(),
  actions: z.array(z.looseObject({ name: z.string() })).min(1, 'a plugin without an action brings nothing'),
  conformance: z.array(z.looseObject({ action: z.string() })).optional(),
});

function refusal(module: string, why: unknown): KubernautError {
  const text = why instanceof Error ? why.message : String(why);
  return new KubernautError('SETTINGS_INVALID', `plugin ${module} is refused: ${text}`, {
    ...(why instanceof Error && { cause: why }),
    remedy:
      'Export `plugin` (or a default): { name, executors?, actions }, or a function that returns it. See docs/plugins.md.',
  });
}
