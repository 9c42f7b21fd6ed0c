import { z } from 'zod';
import type { JsonObject } from '../../../plan/json';
import { defineAction } from '../../contract';

const params = z.strictObject({
  message: z.string().trim().min(1).max(2000).describe('What the person is asked; may hold what earlier steps found.'),
});

/**
 * Changes nothing: its step always asks a person (`approval: 'always'`), and the steps after it wait for the answer. Who
 * decided, and when, is in the audit of the run; the action itself only says that the run came past this point.
 */
export const approvalGate = defineAction<z.output<typeof params>, JsonObject>({
  name: 'approval_gate',
  executor: 'custom',
  description:
    'Waits for a person: the plan goes on when the step is approved, and ends when it is rejected or nobody answers.',
  whenToUse:
    'Between two parts of a plan, so that a person looks at what the first has brought before the second begins.',
  whenNotToUse: 'To ask about one step: give that step an approval of its own, and its digest binds what it would do.',
  risk: 'low',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: true,
  clusterScoped: false,
  approval: 'always',
  targetKinds: [],
  permissions: [],
  params,
  examples: [
    {
      title: 'Look before the second half',
      params: { message: 'Canary is at the new version. Roll out to the rest?' },
    },
    {
      title: 'With what was found',
      params: { message: 'The node still runs ${{ steps.look.evidence.pods }} pods. Drain it all the same?' },
    },
  ],

  async validate(_ctx, { params }) {
    return { before: {}, diff: [], warnings: [], summary: `ask: ${shorten(params.message)}`, noEffect: false };
  },

  async execute(ctx, { params }) {
    const data = { operationId: ctx.operationId, message: params.message };
    return { changed: false, summary: `past the gate: ${shorten(params.message)}`, data };
  },

  async verify(ctx, _step, _validation, effect) {
    const passed = effect.data['operationId'] === ctx.operationId;
    return {
      verified: passed,
      summary: passed ? 'a person said yes; the audit names them' : 'the run did not come past this gate',
      data: { passed },
    };
  },
});

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= 200 ? line : `${line.slice(0, 199)}…`;
}
