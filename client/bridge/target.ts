import { z } from 'zod';
import type { IncidentOwner } from '../../plan/incident';

const name = z.string().regex(/^[A-Za-z0-9]([-A-Za-z0-9._:]{0,251}[A-Za-z0-9])?$/, 'must be a name of Kubernetes');

/** The object that something is about; the incident finds its top owner itself. */
export const targetSchema = z
  .strictObject({
    cluster: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a cluster')
      .optional()
      .describe('As in `clusters` of the settings. Default: as for alerts without the label `cluster`.'),
    kind: z.string().regex(/^[A-Z][A-Za-z0-9]{0,62}$/, 'must be a kind, as Deployment'),
    namespace: name.optional().describe('Absent for objects without one.'),
    name,
  })
  .describe('Absent: the cluster as a whole.');

export function ownerOf(target: z.output<typeof targetSchema> | undefined, defaultCluster: string): IncidentOwner {
  if (target === undefined) return { cluster: defaultCluster, kind: 'Cluster', name: defaultCluster };
  const { cluster = defaultCluster, kind, namespace, name: ofTarget } = target;
  return { cluster, kind, ...(namespace !== undefined && { namespace }), name: ofTarget };
}
