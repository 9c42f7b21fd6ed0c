import { z } from 'zod';
import { defineAction, type ActionContext, type ActionDefinition, type ActionStep } from '../../../activities/contract';
import { KubernautError } from '../../../plan/errors';
import type { Effect, Evidence } from '../../../plan/step-io';

const params = z.strictObject({
  /** How long it acts, in milliseconds. */
  ms: z.number().default(100),
  /** It acts until the test lets it end, instead. */
  told: z.boolean().default(false),
  fault: z.enum(['none', 'fail', 'rollback-hangs']).default('none'),
  value: z.number().default(1),
});
type Params = z.output<typeof params>;

/** Who acts on what, as seen from inside the actions. */
export class Bench {
  readonly acting = new Map<string, string>();
  readonly order: string[] = [];
  readonly undone: string[] = [];
  /** Two at the same target at the same time; must stay empty. */
  readonly clashes: string[] = [];
  /** The most that acted at once, anywhere. */
  most = 0;

  private readonly waiting = new Map<string, () => void>();

  /** Until `letEnd` is called for it, or it is cancelled. */
  untilTold(who: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.set(who, resolve);
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }

  letEnd(who: string): void {
    const end = this.waiting.get(who);
    if (end === undefined)
      throw new Error(`${who} does not wait to be told; ${[...this.waiting.keys()].join(', ')} do`);
    end();
  }

  enter(target: string, who: string): void {
    const other = this.acting.get(target);
    if (other !== undefined) this.clashes.push(`${who} on ${target} with ${other}`);
    this.acting.set(target, who);
    this.order.push(who);
    this.most = Math.max(this.most, this.acting.size);
  }

  leave(target: string): void {
    this.acting.delete(target);
  }
}

/** `lab_hold` and `lab_hold_node` act on any object for a while; nothing is really there. */
export function holdingActions(bench: Bench): ActionDefinition[] {
  const nameOf = ({ target }: ActionStep<Params>) => `${target!.cluster}/${target!.kind}/${target!.name}`;
  const runOf = ({ operationId }: ActionStep<Params>) => operationId;
  const common = {
    executor: 'custom',
    description: 'Holds an object for a while.',
    whenToUse: 'In tests of guards.',
    whenNotToUse: 'Anywhere else.',
    risk: 'low',
    reversibility: 'reversible',
    readOnly: false,
    clusterScoped: false,
    targetKinds: ['Deployment', 'Node'],
    permissions: [],
    params,
    examples: [{ title: 'Hold', target: { kind: 'Deployment', namespace: 'shop', name: 'web' }, params: {} }],
    async validate(_ctx: ActionContext, step: ActionStep<Params>) {
      const diff = [{ path: '/held', before: 0, after: step.params.value }];
      return { target: step.target!, before: {}, diff, warnings: [], summary: `hold ${nameOf(step)}`, noEffect: false };
    },
    async execute(ctx: ActionContext, step: ActionStep<Params>): Promise<Effect> {
      bench.enter(nameOf(step), runOf(step));
      try {
        if (step.params.told) await bench.untilTold(runOf(step), ctx.signal);
        else await ctx.clock.sleep(step.params.ms, ctx.signal);
      } finally {
        bench.leave(nameOf(step));
      }
      if (step.params.fault === 'fail') throw new KubernautError('REJECTED_BY_SERVER', 'refused');
      return { changed: true, summary: `held ${nameOf(step)}`, data: {} };
    },
    async verify(): Promise<Evidence> {
      return { verified: true, summary: 'held', data: {} };
    },
    async rollback(_ctx: ActionContext, step: ActionStep<Params>): Promise<Effect> {
      bench.undone.push(runOf(step));
      return { changed: true, summary: 'let go', data: {} };
    },
  } as const;
  return [
    defineAction({ ...common, name: 'lab_hold', disruption: 'workload' }),
    defineAction({ ...common, name: 'lab_hold_node', disruption: 'node' }),
  ];
}
