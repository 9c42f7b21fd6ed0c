import { KubernautError } from '../../plan/errors';
import type { ObjectRef, ResolvedKind } from './cluster';

/** Path of a collection, or of one object in it. `namespace` absent on a namespaced kind: all namespaces (collections only). */
export function resourcePath(kind: ResolvedKind, namespace?: string, name?: string, subresource?: string): string {
  const parts = [kind.apiVersion.includes('/') ? '/apis' : '/api', ...kind.apiVersion.split('/').map(segment)];
  if (kind.namespaced && namespace !== undefined) parts.push('namespaces', segment(namespace));
  parts.push(segment(kind.plural));
  if (name !== undefined) parts.push(segment(name));
  if (subresource !== undefined) parts.push(segment(subresource));
  return parts.join('/');
}

/** Namespaced kinds need a namespace; there is no default one, a target must say where it is. */
export function objectPath(kind: ResolvedKind, ref: ObjectRef, subresource?: string): string {
  if (kind.namespaced && !ref.namespace) {
    throw new KubernautError('PRECONDITION_FAILED', `${kind.kind} ${ref.name} needs a namespace`, {
      remedy: 'Add `namespace` to the target.',
    });
  }
  return resourcePath(kind, ref.namespace, ref.name, subresource);
}

/** `Deployment shop/web`, `Node node-1`. */
export function describeRef(ref: { kind: string; namespace?: string; name: string }): string {
  return `${ref.kind} ${ref.namespace ? `${ref.namespace}/` : ''}${ref.name}`;
}

function segment(text: string): string {
  // Names come from plans, which come from outside: `..` must not leave its place.
  if (text === '' || text === '.' || text === '..') {
    throw new KubernautError('PRECONDITION_FAILED', `${JSON.stringify(text)} is no name of a Kubernetes object`);
  }
  return encodeURIComponent(text);
}
