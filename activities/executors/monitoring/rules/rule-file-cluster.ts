import { basename } from 'node:path';
import { KubernautError } from '../../../../plan/errors';
import type { Cluster, ObjectRef } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { patchRuleFile, readRuleFile, requireWritable, RULE_FILE_API, RULE_FILE_KIND } from './rule-file';

/**
 * The context with a cluster of one object: the rule file that kubernaut.yaml names. What reads and patches objects then works
 * on the file, with the same promises.
 *
 * @throws {KubernautError} `PRECONDITION_FAILED` when no rule file is configured
 */
export function withRuleFile(ctx: ActionContext): ActionContext {
  const path = ctx.settings.monitoring?.rules.file;
  if (path === undefined) {
    throw new KubernautError('PRECONDITION_FAILED', 'no rule file is configured for this cluster', {
      remedy: 'Set clusters[].monitoring.rules.file in kubernaut.yaml, or name a PrometheusRule as the target.',
    });
  }
  // The getters of the context (its cluster) must not be called: a worker may have rule files and no cluster at hand.
  return Object.create(ctx, { cluster: { value: ruleFileCluster(path) } }) as ActionContext;
}

function ruleFileCluster(path: string): Cluster {
  const name = basename(path);
  const check = (ref: ObjectRef) => {
    if (ref.name === name) return;
    throw new KubernautError('TARGET_NOT_FOUND', `there is no rule file ${ref.name}; kubernaut.yaml names ${name}`);
  };
  const unsupported = (): never => {
    throw new KubernautError('INTERNAL', 'a rule file can only be read and patched');
  };
  return {
    name: 'rule files',
    async get(ref) {
      check(ref);
      return (await readRuleFile(path)).object;
    },
    async find(ref) {
      check(ref);
      return readRuleFile(path).then(
        ({ object }) => object,
        (error: unknown) => {
          if (error instanceof KubernautError && error.code === 'TARGET_NOT_FOUND') return undefined;
          throw error;
        },
      );
    },
    async patch(ref, operations, options) {
      check(ref);
      await requireWritable(path);
      return patchRuleFile(path, operations, options);
    },
    resolveKind: async () => ({
      ...{ apiVersion: RULE_FILE_API, kind: RULE_FILE_KIND, plural: 'rulefiles', namespaced: false },
    }),
    missingPermissions: async () => [],
    list: async () => unsupported(),
    create: async () => unsupported(),
    apply: async () => unsupported(),
    finalizeNamespace: async () => unsupported(),
    delete: async () => unsupported(),
    evict: async () => unsupported(),
    logs: async () => unsupported(),
    exec: async () => unsupported(),
    hasSubresource: async () => false,
    watch: () => unsupported(),
  };
}
