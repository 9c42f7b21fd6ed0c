import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { KubernautError } from '../plan/errors';
import { isTooDeep } from '../plan/yaml-depth';
import { parseSettings } from './parse-settings';
import { withBridgePaths } from './sections/bridge';
import { withEncryptionPaths } from './sections/encryption';
import { withTracingPaths } from './sections/tracing';
import { withAuditPaths } from './sections/audit';
import { withApprovalPaths } from './sections/approval';
import { withHolmesGptPaths } from './sections/holmesgpt';
import { withMonitoringPaths } from './sections/monitoring';
import { withCustomPaths } from './sections/custom-actions';
import { withPolicyPaths } from './sections/policy';
import { withKubernetesPaths } from './sections/kubernetes-actions';
import type { Settings } from './settings';

export const SETTINGS_FILE = 'kubernaut.yaml';
/** Longest settings file, in characters. */
export const MAX_SETTINGS_CHARS = 1024 * 1024;
/** Of the faults of a text that is no YAML: after the first few the parser only stumbles. */
const MAX_SHOWN = 20;

export interface LoadedSettings {
  settings: Settings;
  /** Absolute path of the file, or `undefined` when there is none and all is default. */
  file?: string;
}

/**
 * The settings of `path`; else of the file that `KUBERNAUT_CONFIG` names; else of `./kubernaut.yaml` when it exists; else the
 * defaults. Relative paths in the file are made absolute, seen from the file's folder.
 *
 * @throws {KubernautError} `SETTINGS_INVALID` when a named file cannot be read, is not YAML, or has problems (all are listed)
 */
export function loadSettings(
  path?: string,
  { env = process.env, cwd = process.cwd() }: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): LoadedSettings {
  const named = path ?? (env['KUBERNAUT_CONFIG'] || undefined);
  const file = resolve(cwd, named ?? SETTINGS_FILE);
  const text = read(file, named !== undefined);
  if (text === undefined) return { settings: parseSettings({}, 'the default settings') };
  return { settings: withAbsolutePaths(readSettings(text, file), dirname(file)), file };
}

function read(file: string, required: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !required) return undefined;
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new KubernautError('SETTINGS_INVALID', `${file}: ${why}`, { remedy: 'Name another file with --config.' });
  }
}

/**
 * The settings in a text, with paths as they stand there.
 *
 * @throws {KubernautError} `SETTINGS_INVALID`, for whatever is wrong with the text
 */
export function readSettings(text: string, file: string): Settings {
  return parseSettings(parseYaml(text, file), file);
}

function parseYaml(text: string, file: string): unknown {
  const invalid = (lines: readonly string[]): KubernautError =>
    new KubernautError(
      'SETTINGS_INVALID',
      [`${file} is not valid YAML:`, ...lines.map((line) => `  ${line}`)].join('\n'),
    );
  if (text.length > MAX_SETTINGS_CHARS) {
    throw new KubernautError(
      'SETTINGS_INVALID',
      `${file} has ${text.length} characters; at most ${MAX_SETTINGS_CHARS} are read`,
    );
  }
  let problems: string[];
  try {
    // The lexer promises nothing for hostile text either.
    if (isTooDeep(text)) throw new Error('nested too deeply');
    // Not `prettyErrors`: it quotes the text for every error, which takes minutes when there are thousands.
    const lines = new LineCounter();
    const document = parseDocument(text, { prettyErrors: false, lineCounter: lines });
    if (document.errors.length === 0) return document.toJS();
    problems = document.errors.slice(0, MAX_SHOWN).map(({ message, pos }) => {
      const { line, col } = lines.linePos(pos[0]);
      return `${message} at line ${line}, column ${col}`;
    });
    if (document.errors.length > MAX_SHOWN) problems.push(`and ${document.errors.length - MAX_SHOWN} more`);
  } catch (error) {
    // An alias to nothing, an alias bomb: the library throws them only when the values are asked for.
    problems = [error instanceof Error ? error.message : String(error)];
  }
  throw invalid(problems);
}

function withAbsolutePaths(settings: Settings, folder: string): Settings {
  const absolute = (path: string) => resolve(folder, path);
  return {
    ...settings,
    temporal: {
      ...settings.temporal,
      ...(settings.temporal.configFile && { configFile: absolute(settings.temporal.configFile) }),
      ...(settings.temporal.encryption && { encryption: withEncryptionPaths(settings.temporal.encryption, absolute) }),
    },
    clusters: settings.clusters.map((cluster) => ({
      ...cluster,
      ...(cluster.kubeconfig && { kubeconfig: absolute(cluster.kubeconfig) }),
      ...(cluster.monitoring && { monitoring: withMonitoringPaths(cluster.monitoring, absolute) }),
    })),
    approval: withApprovalPaths(settings.approval, absolute),
    audit: withAuditPaths(settings.audit, absolute),
    actions: {
      ...settings.actions,
      kubernetes: withKubernetesPaths(settings.actions.kubernetes, absolute),
      custom: withCustomPaths(settings.actions.custom, absolute),
    },
    ...(settings.holmesgpt && { holmesgpt: withHolmesGptPaths(settings.holmesgpt, absolute) }),
    incidents: { ...settings.incidents, playbooks: settings.incidents.playbooks.map(absolute) },
    policy: withPolicyPaths(settings.policy, absolute),
    bridge: withBridgePaths(settings.bridge, absolute),
    ...(settings.tracing && { tracing: withTracingPaths(settings.tracing, absolute) }),
    plugins: settings.plugins.map((plugin) => (/^\.{0,2}\//.test(plugin) ? absolute(plugin) : plugin)),
  };
}
