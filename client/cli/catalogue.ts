import { checkActionRules } from '../../activities/action-rules-check';
import { createRegistry } from '../../activities/actions';
import { loadPlugins } from '../../activities/plugins';
import type { ActionRegistry } from '../../activities/registry';
import type { ActionRules } from '../../config/sections/action-rules';
import { loadSettings } from '../../config/load-settings';
import type { ActionLookup } from '../plan-summary';
import type { CliIo } from './cli-io';
import type { GlobalOptions } from './global-options';

/** The actions that a worker with these settings would have: the built-in ones and those of its plugins. */
export async function loadCatalogue(options: GlobalOptions, io: CliIo): Promise<ActionRegistry> {
  const { settings } = loadSettings(options.config, { env: io.env, cwd: io.cwd });
  const registry = createRegistry(settings.actions);
  loadPlugins(registry, settings.plugins);
  checkActionRules(settings.actions.rules, registry);
  return registry;
}

/** What the settings deny or narrow, by the same settings. */
export function loadRules(options: GlobalOptions, io: CliIo): ActionRules {
  return loadSettings(options.config, { env: io.env, cwd: io.cwd }).settings.actions.rules;
}

export function lookupIn(catalogue: ActionRegistry): ActionLookup {
  return (name) => (catalogue.has(name) ? catalogue.meta(name) : undefined);
}
