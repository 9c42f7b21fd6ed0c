import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { lock } from 'proper-lockfile';
import { isScalar, parseDocument, type Document } from 'yaml';
import { KubernautError } from '../../../../plan/errors';
import type { JsonObject } from '../../../../plan/json';
import type { KubeObject, PatchOperation } from '../../../cluster/cluster';
import { parsePointer } from '../../kubernetes/fields/json-pointer';
import { OPERATION_ANNOTATION } from '../../kubernetes/fields/operation-stamp';

export const RULE_FILE_API = 'kubernaut.dev/v1';
export const RULE_FILE_KIND = 'RuleFile';

/** The operation's stamp is the first line of the file. */
const STAMP_LINE = new RegExp(`^# ${OPERATION_ANNOTATION.replaceAll('.', '\\.')}: (.*)\\n`);

/**
 * A rule file of Prometheus as an object with `spec.groups`, so that it is changed, compared and undone by the same code as
 * a PrometheusRule. `resourceVersion` is a hash of its content; it has no uid of its own, its name stands for it.
 */
export interface RuleFile {
  object: KubeObject;
  /** Comments, order and quotes are kept. */
  document: Document;
  text: string;
}

/** @throws {KubernautError} `TARGET_NOT_FOUND` without the file · `PRECONDITION_FAILED` when it is no rule file */
export async function readRuleFile(path: string): Promise<RuleFile> {
  const name = basename(path);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      throw new KubernautError('TARGET_NOT_FOUND', `the rule file ${name} does not exist`, {
        remedy: 'Create it (`groups: []` is enough), or correct clusters[].monitoring.rules.file in kubernaut.yaml.',
      });
    }
    throw new KubernautError('PRECONDITION_FAILED', `the rule file ${name} cannot be read (${error.code})`);
  });
  const stamp = STAMP_LINE.exec(text)?.[1];
  const document = parseDocument(text.replace(STAMP_LINE, ''), { prettyErrors: true });
  const problem = document.errors[0]?.message.split('\n')[0];
  const content = (problem === undefined ? (document.toJS() as unknown) : undefined) ?? { groups: [] };
  const groups = (content as JsonObject)['groups'] ?? [];
  if (problem !== undefined || !Array.isArray(groups)) {
    throw new KubernautError('PRECONDITION_FAILED', `${name} is no rule file: ${problem ?? 'groups is no list'}`);
  }
  const resourceVersion = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const annotations: Record<string, string> = stamp === undefined ? {} : { [OPERATION_ANNOTATION]: stamp };
  return {
    object: {
      apiVersion: RULE_FILE_API,
      kind: RULE_FILE_KIND,
      metadata: { name, uid: `file:${name}`, resourceVersion, annotations },
      spec: { groups },
    },
    document,
    text,
  };
}

/** Replacing a file takes the right to make one beside it. @throws {KubernautError} `PRECONDITION_FAILED` */
export async function requireWritable(path: string): Promise<void> {
  const real = await realpath(path).catch(() => path);
  for (const each of [real, dirname(real)]) {
    await access(each, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
      throw new KubernautError('PRECONDITION_FAILED', `${each} cannot be written (${error.code})`, {
        remedy: 'Give the worker the folder for writing. Rules in a mounted ConfigMap are changed in the ConfigMap.',
      });
    });
  }
}

/**
 * Applies the operations to the file's present content and replaces it in one step: a reader sees the old or the new one.
 * The first two operations hold it to the version that was read, as with the API server (`CONFLICT`).
 */
export async function patchRuleFile(
  path: string,
  operations: readonly PatchOperation[],
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<KubeObject> {
  const unlock = await lock(path, { retries: { retries: 20, minTimeout: 50, maxTimeout: 200 } });
  try {
    const file = await readRuleFile(path);
    const { resourceVersion } = file.object.metadata;
    const expected = operations.find((each) => each.path === '/metadata/resourceVersion')?.value;
    if (expected !== undefined && expected !== resourceVersion) {
      throw new KubernautError('CONFLICT', `${file.object.metadata.name} was changed at the same time`);
    }
    const text = patched(file, operations);
    if (!dryRun) await replaceFile(path, text);
    return dryRun ? preview(file, operations) : (await readRuleFile(path)).object;
  } finally {
    await unlock();
  }
}

const STAMP_PATH = ['metadata', 'annotations', OPERATION_ANNOTATION].join('\n');

function patched({ document, object }: RuleFile, operations: readonly PatchOperation[]): string {
  let stamp = object.metadata.annotations?.[OPERATION_ANNOTATION] ?? '';
  for (const { op, path, value } of operations) {
    const parts = parsePointer(path);
    if (parts.join('\n') === STAMP_PATH) stamp = op === 'remove' ? '' : String(value);
    if (parts[0] !== 'spec') continue;
    const at = parts.slice(1).map((part, index, all) => (isIndex(part, all[index - 1]) ? Number(part) : part));
    if (document.contents === null) document.contents = document.createNode({ groups: [] }) as Document['contents'];
    const present = document.getIn(at, true);
    if (op === 'remove') document.deleteIn(at);
    // A changed scalar keeps its quotes and its comment.
    else if (isScalar(present) && typeof present.value === typeof value) present.value = value;
    else document.setIn(at, document.createNode(value));
  }
  const head = stamp === '' ? '' : `# ${OPERATION_ANNOTATION}: ${stamp}\n`;
  // Long expressions must not be folded: nobody would recognize his file.
  return head + document.toString({ lineWidth: 0 });
}

/** `groups/0`, `rules/1`; a label may well be called `0`. */
function isIndex(part: string, parent: string | undefined): boolean {
  return (parent === 'groups' || parent === 'rules') && /^\d+$/.test(part);
}

function preview({ document, object }: RuleFile, operations: readonly PatchOperation[]): KubeObject {
  const stamp = operations.find(({ path }) => parsePointer(path).join('\n') === STAMP_PATH)?.value;
  const annotations = { [OPERATION_ANNOTATION]: String(stamp ?? '') };
  const spec = document.toJS() as JsonObject;
  return { ...object, metadata: { ...object.metadata, annotations }, spec };
}

async function replaceFile(path: string, text: string): Promise<void> {
  const real = await realpath(path);
  const { mode } = await stat(real);
  // A name that no `*.yaml` of a Prometheus finds.
  const draft = join(dirname(real), `.${basename(real)}.kubernaut-${process.pid}`);
  try {
    const handle = await open(draft, 'w', mode);
    try {
      await handle.writeFile(text);
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, real);
  } finally {
    await rm(draft, { force: true });
  }
}
