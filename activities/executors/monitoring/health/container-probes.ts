import type { JsonObject } from '../../../../plan/json';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionExample, Permission } from '../../../contract';
import { fieldAction } from '../../kubernetes/fields/field-action';
import { pointer, valueAt } from '../../kubernetes/fields/json-pointer';
import { describeWriters, writersOf } from '../../kubernetes/fields/managed-fields';
import type { FieldWish } from '../../kubernetes/fields/recorded-field';
import { waitForRollout } from '../../kubernetes/rollout/wait-for-rollout';
import { cannotRoll, WORKLOAD_KINDS } from '../../kubernetes/rollout/workload';
import { displayName, validatedTarget } from '../../kubernetes/target/read-target';
import { healthCheckParams, type HealthCheckParams } from './health-check-params';
import { mergeProbe } from './probes';

const PROBES = { readiness: 'readinessProbe', liveness: 'livenessProbe', startup: 'startupProbe' } as const;

const CONTAINERS = '/spec/template/spec/containers';

export const workloadPermissions: readonly Permission[] = [
  { apiGroup: 'apps', resource: 'deployments', verbs: ['get', 'list', 'watch', 'patch'] },
  { apiGroup: 'apps', resource: 'statefulsets', verbs: ['get', 'list', 'watch', 'patch'] },
  { apiGroup: 'apps', resource: 'daemonsets', verbs: ['get', 'list', 'watch', 'patch'] },
  { apiGroup: 'apps', resource: 'replicasets', verbs: ['list', 'watch'] },
  { apiGroup: '', resource: 'pods', verbs: ['list', 'watch'] },
];

export const workloadExamples: readonly ActionExample[] = [
  {
    title: 'A more patient liveness probe; its request stays as it is',
    target: { kind: 'Deployment', namespace: 'shop', name: 'web' },
    params: { liveness: { timeoutSeconds: 5, failureThreshold: 6 } },
  },
  {
    title: 'Traffic only to pods that answer, and time to start',
    target: { kind: 'StatefulSet', namespace: 'shop', name: 'db' },
    params: {
      container: 'postgres',
      readiness: { tcpSocket: { port: 5432 }, periodSeconds: 5 },
      startup: { tcpSocket: { port: 5432 }, failureThreshold: 60 },
    },
  },
];

/** The half of configure_health_check for workloads: the probes of one container. */
export const containerProbes = fieldAction<HealthCheckParams>({
  name: 'configure_health_check',
  description: 'Sets, changes or removes the probes of one container of a workload. Its pods are replaced.',
  whenToUse: 'Healthy containers are killed by a probe that is too strict, or traffic reaches pods that are not ready.',
  whenNotToUse: 'The probe is right and the service is slow: then it tells the truth.',
  risk: 'medium',
  disruption: 'workload',
  targetKinds: WORKLOAD_KINDS,
  permissions: workloadPermissions,
  params: healthCheckParams,
  examples: workloadExamples,

  wish(_ctx, workload, wanted) {
    const name = displayName(workload.metadata);
    const unrollable = cannotRoll(workload);
    const problems = unrollable ? [unrollable] : [];
    const index = containerIndex(workload, wanted.container);
    if (typeof index === 'string') return { set: [], problems: [...problems, index], summary: `${name} probes` };
    const path = CONTAINERS + pointer(index);
    const set: FieldWish[] = [];
    const changes: string[] = [];
    for (const [which, field] of Object.entries(PROBES)) {
      const probe = wanted[which as keyof typeof PROBES];
      if (probe === undefined) continue;
      const present = valueAt(workload, `${path}/${field}`) as JsonObject | undefined;
      if (probe === null) {
        set.push({ path: `${path}/${field}` });
        changes.push(`${which} removed`);
        continue;
      }
      const merged = mergeProbe(present, probe);
      if (typeof merged === 'string') problems.push(`${which}: ${merged}`);
      else {
        set.push({ path: `${path}/${field}`, value: merged });
        changes.push(`${which} ${present ? 'changed' : 'added'}`);
      }
    }
    const warnings =
      wanted.liveness && !wanted.startup && valueAt(workload, `${path}/startupProbe`) === undefined
        ? ['without a startup probe the liveness probe may kill containers that only start slowly']
        : [];
    return {
      set,
      guards: [`${path}/name`],
      problems,
      warnings,
      summary: `${name}/${String(valueAt(workload, `${path}/name`))} ${changes.join(', ')}`,
    };
  },

  /** Success conditions: see `waitForRollout`, with the probes that we set. */
  async verify(ctx, step, validation) {
    return waitForRollout(ctx, {
      target: validatedTarget(validation),
      stableForMs: step.params.stableSeconds * 1000,
      changed(workload) {
        const lost = validation.diff.find(
          ({ path, after }) => JSON.stringify(valueAt(workload, path)) !== JSON.stringify(after),
        );
        return lost && `${lost.path} was changed again, by ${describeWriters(writersOf(workload, lost.path))}`;
      },
    });
  },
});

/** A text says why none was found. */
function containerIndex(workload: KubeObject, name: string | undefined): number | string {
  const names = ((valueAt(workload, CONTAINERS) ?? []) as JsonObject[]).map((each) => String(each.name));
  if (name === undefined)
    return names.length === 1 ? 0 : `it has ${names.length} containers, name one: ${names.join(', ')}`;
  const index = names.indexOf(name);
  return index >= 0 ? index : `it has no container ${name}; there are: ${names.join(', ')}`;
}
