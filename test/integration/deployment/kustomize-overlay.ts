import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { packageRoot } from '../../../tools/package-root';
import { kubectl, testEnvironment } from '../../setup';

export interface Rendered {
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  roleRef?: { name: string };
  subjects?: Array<{ name: string; namespace: string }>;
  data?: Record<string, string>;
  [more: string]: unknown;
}

/**
 * What `kubectl kustomize` makes of the base with an overlay that a person could write: another namespace, and a suffix that
 * keeps the objects outside namespaces apart from those of others. Empty: the base as it is.
 */
export async function renderBase(own?: {
  namespace: string;
  suffix: string;
}): Promise<{ text: string; objects: Rendered[] }> {
  const base = join(packageRoot(), 'deploy', 'kustomize', 'base');
  const folder = mkdtempSync(join(testEnvironment().workdir, 'kustomize-'));
  try {
    const overlay = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: [relative(folder, base)],
      ...(own && { namespace: own.namespace, nameSuffix: own.suffix }),
    };
    writeFileSync(join(folder, 'kustomization.yaml'), stringify(overlay));
    const text = await kubectl(['kustomize', folder]);
    return { text, objects: parseAllDocuments(text).map((each) => each.toJS() as Rendered) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
