import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import type { PolicySettings } from '../../config/sections/policy';
import { digestOf } from '../../plan/digest';
import { KubernautError } from '../../plan/errors';
import type { Json } from '../../plan/json';
import { parsePolicy } from '../../plan/policy/check';
import type { PolicySet } from '../../plan/policy/evaluate';
import type { Policy } from '../../plan/policy/schema';
import type { PlanProblem } from '../../plan/problem';

/** A file as it was read. */
export interface PolicyFile {
  file: string;
  policy?: Policy;
  problems: readonly PlanProblem[];
}

const EXTENSIONS: ReadonlySet<string> = new Set(['.yaml', '.yml', '.json']);

/** All files that the settings name, read and checked; nothing is thrown for what is wrong with one. */
export function readPolicyFiles({ files, defaults }: Pick<PolicySettings, 'files' | 'defaults'>): PolicyFile[] {
  const read = [...(defaults ? [defaultPolicyFile()] : []), ...files.flatMap(filesIn)].map(readPolicyFile);
  const names = read.map(({ policy }) => policy?.metadata.name);
  return read.map((each, index) => {
    const { policy, file } = each;
    const first = policy === undefined ? index : names.indexOf(policy.metadata.name);
    return first < index ? refused(file, `${read[first]!.file} is called ${policy?.metadata.name}, too`) : each;
  });
}

export function readPolicyFile(file: string): PolicyFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return refused(file, code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`);
  }
  const result = parsePolicy(text);
  return result.ok ? { file, policy: result.policy, problems: [] } : { file, problems: result.problems };
}

function refused(file: string, message: string): PolicyFile {
  return { file, problems: [{ path: '', code: 'INVALID_VALUE', message, remedy: 'See `policy` in kubernaut.yaml.' }] };
}

/** A folder that cannot be read is a file with a problem. Hidden files are left out: a mounted ConfigMap has some. */
function filesIn(path: string): string[] {
  if (!existsSync(path) || !statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => EXTENSIONS.has(extname(name)) && !name.startsWith('.'))
    .sort()
    .map((name) => join(path, name));
}

/**
 * The policies of the settings as one set. The version covers modes, too: they decide as much as any rule.
 *
 * @throws {KubernautError} `POLICY_INVALID` with every problem of every file
 */
export function policySet(
  settings: PolicySettings,
  files: readonly PolicyFile[] = readPolicyFiles(settings),
): PolicySet {
  const lines = files.flatMap(({ file, problems }) => problems.map((problem) => policyProblemLine(file, problem)));
  if (lines.length > 0) {
    const count = lines.length === 1 ? '1 problem' : `${lines.length} problems`;
    throw new KubernautError(
      'POLICY_INVALID',
      [`the policies have ${count}:`, ...lines.map((line) => `  ${line}`)].join('\n'),
    );
  }
  const policies = files.flatMap(({ policy }) => (policy ? [policy] : []));
  const { mode, places, selfApproval, ownNamespaces: own } = settings;
  const version = digestOf({ policies, mode, places, selfApproval, ...(own.length > 0 && { own }) } as unknown as Json);
  return { policies, version };
}

/** `policies/shop.yaml:12:7 spec.rules[0].when: … — Correct the CEL expression.` */
export function policyProblemLine(file: string, { line, column, path, message, remedy }: PlanProblem): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return `${place}${path === '' ? '' : ` ${path}`}: ${message} — ${remedy}`;
}

/** Beside the package's sources, and beside `lib/`. */
export function defaultPolicyFile(from: string = __dirname): string {
  const file = join(from, 'policies', 'default.yaml');
  const parent = dirname(from);
  return existsSync(file) || parent === from ? file : defaultPolicyFile(parent);
}
