'use strict';

const KINDS = ['ConfigMap', 'Deployment', 'Service'];
const name = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const value = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** JSON pointer of a label: `/` in its name is written `~1`. */
const pathOf = (label) => `/metadata/labels/${label.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/**
 * A plugin without a build and without dependencies: what it needs is handed in. It brings an executor of its own, `labels`,
 * so its actions have the task queue `kubernaut.<cluster>.labels`, and can have workers and credentials of their own.
 */
exports.plugin = ({ fieldAction, KubernautError, z }) => {
  const params = z.strictObject({
    label: z.string().regex(name, 'must be the name of a label').describe('Name, `team` or `example.com/team`.'),
    value: z.string().regex(value, 'must be the value of a label').describe('Its value; at most 63 characters.'),
  });

  const setLabel = {
    ...fieldAction({
      name: 'set_label',
      description: 'Sets a label of a Deployment, Service or ConfigMap.',
      whenToUse: 'Something outside looks for a label: routing, cost reports, maintenance switches.',
      whenNotToUse: 'A selector of a Service or Deployment matches the label: objects would join or leave it.',
      risk: 'low',
      disruption: 'none',
      targetKinds: KINDS,
      permissions: [
        { apiGroup: '', resource: 'configmaps', verbs: ['get', 'patch'] },
        { apiGroup: '', resource: 'services', verbs: ['get', 'patch'] },
        { apiGroup: 'apps', resource: 'deployments', verbs: ['get', 'patch'] },
      ],
      params,
      examples: [
        {
          title: 'Mark a Deployment for maintenance',
          target: { kind: 'Deployment', namespace: 'shop', name: 'web' },
          params: { label: 'example.com/maintenance', value: 'planned' },
        },
      ],

      wish(_ctx, { kind, metadata }, { label, value }) {
        const now = metadata.labels?.[label] ?? 'none';
        return {
          set: [{ path: pathOf(label), value }],
          problems: label.includes('kubernetes.io/') ? [`${label} belongs to Kubernetes itself`] : [],
          summary: `${kind} ${metadata.namespace}/${metadata.name} label ${label} ${now} → ${value}`,
        };
      },

      /** True when the label, read back, has the value: a label has no other effect that could be waited for. */
      async verify(ctx, step, validation) {
        const { metadata } = await ctx.cluster.get(step.target);
        if (metadata.uid !== validation.target.uid) {
          throw new KubernautError('TARGET_REPLACED', `${step.target.kind} ${step.target.name} was replaced`);
        }
        const { label, value } = step.params;
        const found = metadata.labels?.[label];
        return {
          verified: found === value,
          summary: `${step.target.kind} ${metadata.namespace}/${metadata.name} has ${label}=${found ?? '(none)'}`,
          data: { found: found ?? '' },
        };
      },
    }),
    executor: 'labels',
  };

  /** How it is staged for `kubernaut conformance`. */
  const stage =
    (kind) =>
    async ({ kube, namespace, name: unique, workload }) => {
      const [apiVersion, ref] = ['v1', { apiVersion: 'v1', kind, namespace, name: unique('labelled') }];
      const content = { ConfigMap: { data: { a: '1' } }, Service: { spec: { ports: [{ port: 80 }] } } }[kind];
      const target = kind === 'Deployment' ? await workload({ replicas: 0 }) : ref;
      if (content) await kube.create({ apiVersion, kind, metadata: { namespace, name: ref.name }, ...content });
      const set = (to) => kube.merge(target, { metadata: { labels: { 'example.com/team': to } } });
      return {
        target,
        params: { label: 'example.com/team', value: 'blue' },
        read: async () => (await kube.get(target)).metadata.labels ?? 'no labels',
        tamper: () => set(null),
        foreignChange: () => set('green'),
      };
    };

  return {
    name: 'labels',
    executors: [{ type: 'labels', aliases: [] }],
    actions: [setLabel],
    conformance: [
      {
        action: 'set_label',
        stage: stage('ConfigMap'),
        variants: { Deployment: stage('Deployment'), Service: stage('Service') },
      },
    ],
  };
};
