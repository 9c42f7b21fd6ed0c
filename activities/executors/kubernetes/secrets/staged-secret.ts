import type { Json } from '../../../../plan/json';
import type { Stage } from '../../../conformance/fixture';

/** A Secret for the fixtures of the actions that change one. */
export async function stageSecret({ kube, namespace, name }: Stage, values: Record<string, string>) {
  const target = { apiVersion: 'v1', kind: 'Secret', namespace, name: name('secret') };
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, base64(value)]));
  await kube.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: target.name }, data });
  return {
    target,
    read: async (): Promise<Json | undefined> => (await kube.find(target))?.data as Json | undefined,
    set: (changed: Record<string, string | null>) => kube.merge(target, { data: changed }),
  };
}

export function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
