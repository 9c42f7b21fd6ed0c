import type { JsonObject } from '../../../../plan/json';
import type { Target } from '../../../../plan/model';
import { groupOf } from '../../../cluster/discovery';

const METADATA = ['name', 'namespace', 'labels', 'annotations'];
const MAX_CHARACTERS = 16_000;

/** All that is wrong with a manifest for this target, before the server is asked. */
export function manifestProblems(
  manifest: JsonObject,
  target: Target,
  kinds: ReadonlyArray<{ kind: string; apiGroup: string }>,
): string[] {
  const problems: string[] = [];
  const { apiVersion, kind, metadata = {} } = manifest;
  const allowed = kinds.find((each) => each.kind === target.kind);
  if (!allowed) {
    const named = kinds.map((each) => each.kind).join(', ') || 'none';
    problems.push(
      `the settings do not allow ${target.kind} (actions.kubernetes.applyManifest, kinds and customKinds: ${named})`,
    );
  } else if (typeof apiVersion === 'string' && groupOf(apiVersion) !== allowed.apiGroup)
    problems.push(
      `/apiVersion is ${apiVersion}; the ${target.kind} that the settings allow is of ${allowed.apiGroup || 'v1'}`,
    );
  if (typeof apiVersion !== 'string') problems.push('/apiVersion is missing');
  else if (target.apiVersion !== undefined && apiVersion !== target.apiVersion)
    problems.push(`/apiVersion is ${apiVersion}, the target is of ${target.apiVersion}`);
  if (kind !== target.kind) problems.push(`/kind is ${String(kind)}, the target is a ${target.kind}`);
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    problems.push('/metadata is no object');
  else {
    for (const each of ['name', 'namespace'] as const)
      if (metadata[each] !== undefined && metadata[each] !== target[each])
        problems.push(
          `/metadata/${each} is ${JSON.stringify(metadata[each])}, that of the target is ${JSON.stringify(target[each])}`,
        );
    const others = Object.keys(metadata).filter((key) => !METADATA.includes(key));
    if (others.length > 0) problems.push(`/metadata may have ${METADATA.join(', ')}, not ${others.join(', ')}`);
  }
  if (manifest.status !== undefined) problems.push('/status is the server’s own');
  const { length } = JSON.stringify(manifest);
  if (length > MAX_CHARACTERS) problems.push(`it is ${length} characters long, at most ${MAX_CHARACTERS} are allowed`);
  return problems;
}

/** With the name and the namespace of the target. */
export function completeManifest(manifest: JsonObject, { name, namespace }: Target): JsonObject {
  const metadata = (manifest.metadata ?? {}) as JsonObject;
  return { ...manifest, metadata: { ...metadata, name, ...(namespace !== undefined && { namespace }) } };
}
