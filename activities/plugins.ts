import { pathToFileURL } from 'node:url';
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
export async function loadPlugins(registry: ActionRegistry, modules: readonly string[]): Promise<void> {
  for (const module of modules) {
    const plugin = await load(module);
    for (const executor of plugin.executors ?? []) registry.addExecutor(executor);
    registry.register(...plugin.actions);
  }
}

async function load(module: string): Promise<Plugin> {
  let exported: Record<string, unknown>;
  try {
    exported = (await import(module.startsWith('/') ? pathToFileURL(module).href : module)) as Record<string, unknown>;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new KubernautError('SETTINGS_INVALID', `plugin ${module} cannot be loaded: ${why}`, { cause: error });
  }
  // A CommonJS module arrives with its exports under `default`; one compiled from `export default` has another one inside.
  const outer = exported['default'] as Record<string, unknown> | undefined;
  for (const candidate of [exported['plugin'], outer?.['plugin'], outer?.['default'], outer]) {
    if (isPlugin(candidate)) return candidate;
  }
  throw new KubernautError('SETTINGS_INVALID', `plugin ${module} exports no plugin`, {
    remedy: 'Export `plugin` (or a default) of the form { name, executors?, actions }; see examples/.',
  });
}

function isPlugin(value: unknown): value is Plugin {
  return typeof value === 'object' && value !== null && Array.isArray((value as Partial<Plugin>).actions);
}
