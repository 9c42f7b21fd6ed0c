import { KubernautError } from '../plan/errors';
import type { ActionDefinition } from './contract';
import type { ActionRegistry, ExecutorType } from './registry';

/** What a plugin module exports as `plugin` or as its default. */
export interface Plugin {
  name: string;
  /** Executors it brings; its actions may also belong to a built-in one. */
  executors?: readonly ExecutorType[];
  actions: readonly ActionDefinition[];
}

/**
 * Loads plugin modules and registers what they bring. Plugins run with all rights of the worker: load only what you trust.
 *
 * @param modules absolute paths, or names of installed packages
 * @throws {KubernautError} `SETTINGS_INVALID` when a module cannot be loaded or exports no plugin · `ACTION_DUPLICATE` and
 * `ACTION_INVALID` as {@link ActionRegistry.register}
 */
export function loadPlugins(registry: ActionRegistry, modules: readonly string[]): void {
  for (const module of modules) {
    const plugin = load(module);
    for (const executor of plugin.executors ?? []) registry.addExecutor(executor);
    registry.register(...plugin.actions);
  }
}

function load(module: string): Plugin {
  let exported: Record<string, unknown>;
  try {
    // Packages are looked for where the process was started, then beside Kubernaut. ES modules can be required, too (Node ≥ 20.19).
    exported = require(require.resolve(module, { paths: [process.cwd(), __dirname] })) as Record<string, unknown>;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new KubernautError('SETTINGS_INVALID', `plugin ${module} cannot be loaded: ${why}`, { cause: error });
  }
  for (const candidate of [exported['plugin'], exported['default'], exported]) {
    if (isPlugin(candidate)) return candidate;
  }
  throw new KubernautError('SETTINGS_INVALID', `plugin ${module} exports no plugin`, {
    remedy: 'Export `plugin` (or a default) of the form { name, executors?, actions }; see examples/.',
  });
}

function isPlugin(value: unknown): value is Plugin {
  return typeof value === 'object' && value !== null && Array.isArray((value as Partial<Plugin>).actions);
}
