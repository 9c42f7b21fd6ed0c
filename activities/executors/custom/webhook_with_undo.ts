import type { z } from 'zod';
import type { JsonObject } from '../../../plan/json';
import { defineAction } from '../../contract';
import { observeUntil } from './http/observe';
import { operationKey } from './http/operation-key';
import {
  callChange,
  callSchema,
  callSummary,
  callValidation,
  checkCall,
  confirmSchema,
  makeCall,
} from './http/webhook-call';
import { checkConfirm, receiversWord } from './http/webhook-evidence';

const params = callSchema.extend({
  confirm: confirmSchema,
  undo: callSchema.describe(
    'The call that takes the effect back. It is also made when it is unknown whether the first one arrived, and may be made ' +
      'twice (with the same Idempotency-Key): list in expectStatus also what the receiver answers when there is nothing to undo.',
  ),
});

/**
 * Calls another system, and knows the call that takes it back. The undo is one more act of the receiver (compensation), not a
 * return to a before-image that Kubernaut has seen. Its `Idempotency-Key` is that of the call with `/undo` behind it, so
 * that the receiver can tell which call is meant.
 */
export const webhookWithUndo = defineAction<z.output<typeof params>, JsonObject>({
  name: 'webhook_with_undo',
  executor: 'custom',
  description: 'Calls an HTTP endpoint of another system, and another one to undo it.',
  whenToUse:
    'To change something in another system that one more call can take back: maintenance mode, a feature flag, a route.',
  whenNotToUse: 'When no call takes it back (`webhook`), or to tell people (`notification`).',
  risk: 'medium',
  reversibility: 'compensatable',
  disruption: 'none',
  readOnly: false,
  clusterScoped: false,
  targetKinds: [],
  permissions: [],
  params,
  examples: [
    {
      title: 'Maintenance mode on, and off again when the plan is undone',
      params: {
        method: 'PUT',
        url: 'https://shop.example.com/admin/maintenance',
        secretHeaders: { Authorization: { secret: 'shop-admin', prefix: 'Bearer ' } },
        body: { enabled: true },
        confirm: { url: 'https://shop.example.com/healthz', expectStatus: [503], within: '30s' },
        undo: {
          method: 'PUT',
          url: 'https://shop.example.com/admin/maintenance',
          secretHeaders: { Authorization: { secret: 'shop-admin', prefix: 'Bearer ' } },
          body: { enabled: false },
        },
      },
    },
  ],

  async validate(ctx, step) {
    const { undo, confirm } = step.params;
    const validation = await callValidation(ctx, step, [callChange('/undo', undo)]);
    await checkCall(ctx, undo);
    await checkConfirm(ctx, confirm);
    return validation;
  },

  async execute(ctx, { params }) {
    const key = operationKey(ctx.operationId);
    const result = await makeCall(ctx, params, key);
    const summary = `${callSummary(params)} answered ${result.status}`;
    return { changed: true, summary, data: { ...result, idempotencyKey: key } };
  },

  verify(ctx, { params }, _validation, effect) {
    return params.confirm === undefined
      ? receiversWord(effect, params.expectStatus)
      : observeUntil(ctx, params.confirm);
  },

  async rollback(ctx, { params }) {
    const key = operationKey(`${ctx.operationId}/undo`);
    const result = await makeCall(ctx, params.undo, key);
    const summary = `${callSummary(params.undo)} answered ${result.status}; what it undid cannot be read back`;
    return { changed: true, summary, data: { ...result, idempotencyKey: key } };
  },
});
