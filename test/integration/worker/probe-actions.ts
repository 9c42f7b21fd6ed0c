import { z } from 'zod';
import { defineAction, type ActionContext } from '../../../activities/contract';
import type { JsonObject } from '../../../plan/json';
import { KubernautError, type ErrorCode } from '../../../plan/errors';

/** What the probes did, in order, as seen from inside this process. */
export class ProbeLog {
  readonly events: string[] = [];
  note(event: string): void {
    this.events.push(event);
  }
}

const params = z.strictObject({
  /** What execute does: succeed, throw a code, throw something unknown, hang until it is stopped, answer too much. */
  does: z.enum(['succeed', 'fail', 'crash', 'hang', 'flood', 'slow-call', 'log-secret']).default('succeed'),
  code: z.string().optional(),
  ms: z.number().optional(),
});

type ProbeParams = z.output<typeof params>;

/** An action that touches no system and does as it is told; registered by these tests only. */
export function probeAction(log: ProbeLog) {
  return defineAction<ProbeParams, { seen: number }>({
    name: 'probe',
    executor: 'custom',
    description: 'Does as the test tells it.',
    whenToUse: 'In tests.',
    whenNotToUse: 'Anywhere else.',
    risk: 'low',
    reversibility: 'reversible',
    disruption: 'none',
    readOnly: true,
    clusterScoped: false,
    targetKinds: [],
    permissions: [],
    params,
    examples: [{ title: 'Succeed', params: {} }],
    async validate() {
      return { before: { seen: 1 }, diff: [], warnings: [], summary: 'probe', noEffect: false };
    },
    async execute(ctx, step) {
      log.note(`${step.stepId} attempt ${ctx.attempt}`);
      const data = await act(ctx, step.params, step.stepId, log);
      return { changed: true, summary: 'probed', data: data as JsonObject };
    },
    async verify() {
      return { verified: true, summary: 'probed', data: {} };
    },
  });
}

async function act(ctx: ActionContext, params: ProbeParams, stepId: string, log: ProbeLog) {
  switch (params.does) {
    case 'succeed':
      return { attempt: ctx.attempt };
    case 'fail':
      throw new KubernautError(params.code as ErrorCode, `deployment shop/web: told to fail with password=hunter2`);
    case 'crash':
      throw Object.assign(new Error('boom at https://user:hunter2@db/ with Bearer abcdef123456'), {
        body: 'x'.repeat(1e5),
      });
    case 'flood':
      return { text: 'é'.repeat(40_000) };
    case 'log-secret':
      ctx.log.info('connected with token=hunter2', { apiKey: 'hunter2', note: 'kept' });
      return {};
    case 'slow-call':
      ctx.progress('calling');
      await new Promise((resolve) => setTimeout(resolve, params.ms));
      return { attempt: ctx.attempt };
    case 'hang':
      ctx.progress('hanging', { since: 'now' });
      try {
        await ctx.clock.sleep(3_600_000, ctx.signal);
      } finally {
        log.note(`${stepId} stopped`);
      }
      return {};
  }
}
