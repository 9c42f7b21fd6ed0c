import type { Json } from '../../../plan/json';
import { defineFixture, type Stage, type Staged } from '../../conformance/fixture';

const RBAC = 'rbac.authorization.k8s.io';

export const conformance = defineFixture({
  action: 'restore_role_binding',
  stage: (stage) => stageBinding(stage, 'RoleBinding', true),
  variants: {
    'a binding that is gone': (stage) => stageBinding(stage, 'RoleBinding', false),
    'a binding for the whole cluster': (stage) => stageBinding(stage, 'ClusterRoleBinding', true),
    'a binding for the whole cluster that is gone': (stage) => stageBinding(stage, 'ClusterRoleBinding', false),
  },
  notApplicable: { 'missing-object': 'a binding that does not exist is created' },
});

/** The role has no rules: binding it gives nobody anything, and needs no right but the one to write bindings. */
async function stageBinding({ kube, namespace, name, defer }: Stage, kind: string, exists: boolean): Promise<Staged> {
  const own = name('binding');
  const place: Record<string, string> = kind === 'RoleBinding' ? { namespace } : {};
  const target = { apiVersion: `${RBAC}/v1`, kind, ...place, name: own };
  const role = { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', name: own };
  await kube.create({ apiVersion: role.apiVersion, kind: role.kind, metadata: { name: own }, rules: [] });
  defer(() => kube.startRemoval(role));
  defer(() => kube.startRemoval(target));
  const subject = (account: string) => ({ kind: 'ServiceAccount', namespace, name: account });
  const roleRef = { kind: 'ClusterRole', name: own };
  const { apiVersion } = target;
  if (exists) {
    await kube.create({
      apiVersion,
      kind,
      metadata: { ...place, name: own },
      roleRef: { apiGroup: RBAC, ...roleRef },
      subjects: [subject('other')],
    });
  }
  return {
    target,
    params: { roleRef, subjects: [subject('web'), { kind: 'Group', name: 'shop' }] },
    read: async () => {
      const found = await kube.find(target);
      return found && { subjects: (found.subjects ?? []) as Json };
    },
    tamper: () => kube.merge(target, { subjects: [subject('other')] }),
    foreignChange: () => kube.merge(target, { subjects: [subject('third')] }),
  };
}
