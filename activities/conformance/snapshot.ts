import { createHash } from 'node:crypto';
import type { KubeObject, ObjectRef, ResolvedKind } from '../cluster/cluster';
import { describeRef } from '../cluster/resource-path';
import { groupOf } from '../cluster/discovery';
import type { StagingKube } from './staging-kube';

interface Seen {
  what: string;
  resourceVersion: string;
  /** Of all but status, resourceVersion and the record of writers. */
  hash: string;
}

export type Snapshot = ReadonlyMap<string, Seen>;

/** Every object of the namespace of every kind the server has (Events aside), and the target. */
export async function snapshot(kube: StagingKube, namespace: string, target?: ObjectRef): Promise<Snapshot> {
  const kinds = await listedKinds(kube);
  const lists = await Promise.all(kinds.map((kind) => kube.listKind(kind, { namespace }).catch(() => [])));
  const found = target ? await kube.find(target) : undefined;
  return new Map([...lists.flat(), ...(found ? [found] : [])].map((object) => [object.metadata.uid, seen(object)]));
}

/**
 * What is different, as sentences. A new resourceVersion with a different status only is a controller's report on what it
 * does anyway (heartbeats of nodes, conditions of pods): nobody's wish changed.
 */
export function differences(before: Snapshot, after: Snapshot): string[] {
  const gone = [...before].filter(([uid]) => !after.has(uid)).map(([, { what }]) => `${what} is gone`);
  const other = [...after].flatMap(([uid, now]) => {
    const then = before.get(uid);
    if (then === undefined) return [`${now.what} is new`];
    return then.resourceVersion === now.resourceVersion || then.hash === now.hash ? [] : [`${now.what} was changed`];
  });
  return [...gone, ...other];
}

/** One version of each resource; kinds that cannot be listed answer with an error, which counts as empty. */
async function listedKinds(kube: StagingKube): Promise<ResolvedKind[]> {
  const byResource = new Map<string, ResolvedKind>();
  for (const kind of await kube.discovery.kinds()) {
    const key = `${groupOf(kind.apiVersion)}/${kind.plural}`;
    if (kind.namespaced && kind.kind !== 'Event' && !/review|^binding/i.test(kind.plural) && !byResource.has(key)) {
      byResource.set(key, kind);
    }
  }
  return [...byResource.values()];
}

function seen(object: KubeObject): Seen {
  const { status: _, metadata, ...rest } = object;
  const { resourceVersion, managedFields: _writers, ...own } = metadata;
  return {
    what: describeRef({ kind: object.kind, ...metadata }),
    resourceVersion,
    hash: createHash('sha256')
      .update(JSON.stringify({ ...rest, metadata: own }))
      .digest('hex'),
  };
}
