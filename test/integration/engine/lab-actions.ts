import { z } from 'zod';
import { defineAction, type ActionContext, type ActionDefinition } from '../../../activities/contract';
import { KubernautError } from '../../../plan/errors';
import type { Effect } from '../../../plan/step-io';

/** A system of named numbers that lab actions change: what is really there, and every change made to it, in order. */
export class LabWorld {
  readonly values = new Map<string, number>();
  readonly changes: string[] = [];
  readonly calls: string[] = [];

  read(name: string): number {
    return this.values.get(name) ?? 0;
  }

  write(name: string, value: number): void {
    this.values.set(name, value);
    this.changes.push(`${name}=${value}`);
  }
}

const params = z.strictObject({
  name: z.string(),
  value: z.number(),
  /** What goes wrong, and where. */
  fault: z
    .enum([
      'none',
      'validate',
      'execute',
      'execute-after-acting',
      'verify',
      'refute',
      'rollback',
      'hang',
      'hang-after-acting',
    ])
    .default('none'),
});
type Params = z.output<typeof params>;

/** `lab_set` (reversible), `lab_burn` (irreversible) and `lab_look` (read-only) on a {@link LabWorld}. */
export function labActions(world: LabWorld): ActionDefinition[] {
  const common = {
    executor: 'custom',
    description: 'Changes a number of the lab.',
    whenToUse: 'In tests of the engine.',
    whenNotToUse: 'Anywhere else.',
    risk: 'low',
    disruption: 'none',
    clusterScoped: false,
    targetKinds: [],
    permissions: [],
    params,
    examples: [{ title: 'Set', params: { name: 'a', value: 1 } }],
  } as const;

  const phases = {
    async validate(_ctx: ActionContext, { params, stepId }: { params: Params; stepId: string }) {
      world.calls.push(`validate ${stepId}`);
      if (params.fault === 'validate') throw new KubernautError('PRECONDITION_FAILED', `${params.name} cannot be set`);
      const before = world.read(params.name);
      return {
        before: { value: before },
        diff: [{ path: `/${params.name}`, before, after: params.value }],
        warnings: [],
        summary: `${params.name} ${before} → ${params.value}`,
        noEffect: before === params.value,
      };
    },
    async execute(ctx: ActionContext, { params, stepId }: { params: Params; stepId: string }): Promise<Effect> {
      world.calls.push(`execute ${stepId}`);
      if (params.fault === 'execute') throw new KubernautError('REJECTED_BY_SERVER', `${params.name}: refused`);
      if (params.fault === 'hang') await ctx.clock.sleep(3_600_000, ctx.signal);
      if (world.read(params.name) !== params.value) world.write(params.name, params.value);
      if (params.fault === 'execute-after-acting')
        throw new KubernautError('REJECTED_BY_SERVER', 'the answer was lost');
      if (params.fault === 'hang-after-acting') await ctx.clock.sleep(3_600_000, ctx.signal);
      return { changed: true, summary: `${params.name} set to ${params.value}`, data: { value: params.value } };
    },
    async verify(_ctx: ActionContext, { params, stepId }: { params: Params; stepId: string }) {
      world.calls.push(`verify ${stepId}`);
      if (params.fault === 'verify') throw new KubernautError('FORBIDDEN', `${params.name} may not be read`);
      const value = world.read(params.name);
      const verified = value === params.value && params.fault !== 'refute';
      return { verified, summary: `${params.name} is ${value}`, data: { value } };
    },
  };
  const rollback = async (
    _ctx: ActionContext,
    { params, stepId }: { params: Params; stepId: string },
    { before }: { before: { value: number } },
  ): Promise<Effect> => {
    world.calls.push(`rollback ${stepId}`);
    if (params.fault === 'rollback')
      throw new KubernautError('UNDO_CONFLICT', `${params.name} was changed by somebody else`);
    const changed = world.read(params.name) !== before.value;
    if (changed) world.write(params.name, before.value);
    return { changed, summary: `${params.name} back to ${before.value}`, data: {} };
  };
  return [
    defineAction({ ...common, ...phases, rollback, name: 'lab_set', reversibility: 'reversible', readOnly: false }),
    defineAction({ ...common, ...phases, name: 'lab_burn', reversibility: 'irreversible', readOnly: false }),
    defineAction({ ...common, ...phases, name: 'lab_look', reversibility: 'reversible', readOnly: true }),
  ];
}
