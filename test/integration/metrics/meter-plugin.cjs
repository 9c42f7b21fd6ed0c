'use strict';

/**
 * `meter`: an action of the tests of metrics. It fails as it is told to, and as often, and says things that nobody may read.
 * It has no state: which attempt it is, Temporal says.
 */
exports.plugin = ({ defineAction, KubernautError, z }) => {
  const params = z.strictObject({
    name: z.string().default('n'),
    /** So many attempts of execute fail, and are tried again. */
    failures: z.int().default(0),
    fault: z.enum(['none', 'validate', 'execute', 'refute', 'rollback']).default('none'),
    /** Is logged, and part of every error. */
    secret: z.string().default('none'),
    /** The same with a secret that only the worker knows: its environment’s METER_CANARY. */
    leaks: z.boolean().default(false),
  });
  const says = (secret) => `the server answered: password=${secret}, Authorization: Bearer ${secret}`;
  const meter = defineAction({
    name: 'meter',
    executor: 'custom',
    description: 'Does as the test tells it.',
    whenToUse: 'In tests of metrics.',
    whenNotToUse: 'Anywhere else.',
    risk: 'low',
    reversibility: 'reversible',
    disruption: 'none',
    readOnly: false,
    clusterScoped: false,
    targetKinds: [],
    permissions: [],
    params,
    examples: [{ title: 'Succeed', params: {} }],
    async validate(_ctx, { params: { name, fault } }) {
      if (fault === 'validate') throw new KubernautError('PRECONDITION_FAILED', `${name} cannot be metered`);
      const diff = [{ path: `/${name}`, before: 0, after: 1 }];
      return { before: { value: 0 }, diff, warnings: [], summary: `${name} 0 → 1`, noEffect: false };
    },
    async execute(ctx, { params: { name, failures, fault, leaks, secret: given } }) {
      const secret = leaks ? process.env.METER_CANARY : given;
      ctx.log.info(says(secret), { apiKey: secret, note: `attempt ${ctx.attempt}` });
      if (ctx.attempt <= failures) throw new KubernautError('UNAVAILABLE', says(secret));
      if (fault === 'execute') throw new KubernautError('REJECTED_BY_SERVER', says(secret));
      return { changed: true, summary: `${name} metered`, data: {} };
    },
    async verify(_ctx, { params: { name, fault } }) {
      return { verified: fault !== 'refute', summary: `${name} is metered`, data: {} };
    },
    async rollback(_ctx, { params: { name, fault, leaks } }) {
      if (fault === 'rollback' && leaks) throw new KubernautError('UNDO_CONFLICT', says(process.env.METER_CANARY));
      if (fault === 'rollback') throw new KubernautError('UNDO_CONFLICT', `${name} was changed by somebody else`);
      return { changed: true, summary: `${name} as before`, data: {} };
    },
  });
  return { name: 'meter', actions: [meter] };
};
