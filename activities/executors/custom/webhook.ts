import type { z } from 'zod';
import type { JsonObject } from '../../../plan/json';
import { defineAction } from '../../contract';
import { observeUntil } from './http/observe';
import { operationKey } from './http/operation-key';
import { callSchema, callSummary, callValidation, confirmSchema, makeCall } from './http/webhook-call';
import { checkConfirm, receiversWord } from './http/webhook-evidence';

const params = callSchema.extend({ confirm: confirmSchema });

/**
 * Calls another system. What that system does is out of sight: it is verified by `confirm` where there is one, else by the
 * receiver's answer, and the evidence says which. Nothing can take it back; `webhook_with_undo` is for calls that another
 * call undoes.
 */
export const webhook = defineAction<z.output<typeof params>, JsonObject>({
  name: 'webhook',
  executor: 'custom',
  description: 'Calls an HTTP endpoint of another system, with an Idempotency-Key.',
  whenToUse: 'To start something in another system that kubernaut.yaml allows, and that has no undo.',
  whenNotToUse:
    'To tell people (`notification`), to look (`http_check`), or when another call undoes it (`webhook_with_undo`).',
  risk: 'high',
  reversibility: 'irreversible',
  disruption: 'none',
  readOnly: false,
  clusterScoped: false,
  targetKinds: [],
  permissions: [],
  params,
  examples: [
    {
      title: 'Purge a cache',
      params: {
        url: 'https://cdn.example.com/purge',
        secretHeaders: { Authorization: { secret: 'cdn-token', prefix: 'Bearer ' } },
        body: { tag: 'shop' },
      },
    },
    {
      title: 'Start a failover and see that it took place',
      params: {
        url: 'https://db.example.com/failover',
        expectStatus: [202],
        confirm: { url: 'https://db.example.com/primary', expect: "json.zone == 'b'", within: '5m' },
      },
    },
  ],

  async validate(ctx, step) {
    const validation = await callValidation(ctx, step);
    await checkConfirm(ctx, step.params.confirm);
    return validation;
  },

  async execute(ctx, { params }) {
    const key = operationKey(ctx.operationId);
    const result = await makeCall(ctx, params, key);
    const summary = `${callSummary(params)} answered ${result.status}`;
    return {
      changed: true,
      summary,
      data: { ...result, idempotencyKey: key },
      irreversible: [`${callSummary(params)} was sent`],
    };
  },

  verify(ctx, { params }, _validation, effect) {
    return params.confirm === undefined
      ? receiversWord(effect, params.expectStatus)
      : observeUntil(ctx, params.confirm);
  },
});
