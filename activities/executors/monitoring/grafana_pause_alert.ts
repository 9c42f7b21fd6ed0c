import { z } from 'zod';
import { KubernautError } from '../../../plan/errors';
import type { JsonObject } from '../../../plan/json';
import { defineAction } from '../../contract';
import { proven, refuted } from '../kubernetes/wait/evidence';
import { Grafana } from './api/grafana';
import { grafanaUid } from './grafana/uid';
import { nothingToUndo } from './silences/undo';

const params = z.strictObject({
  rule: grafanaUid.describe('UID of the alert rule.'),
  paused: z.boolean().default(true).describe('false: let it be evaluated again. Default true.'),
});

/** `updated`: when the rule was last saved; whoever saves it after us changes it. */
type Before = { paused: boolean; title: string; updated: string };

/** Where an operation leaves its mark on the rule: an annotation, as on objects of Kubernetes. */
const STAMP = 'kubernaut_operation';

/**
 * Pauses the evaluation of a Grafana-managed alert rule. Grafana has no call for that alone: the rule is read, changed in one
 * field and written whole, at once, so that next to nothing can come between.
 */
export const grafanaPauseAlert = defineAction<z.output<typeof params>, Before>({
  name: 'grafana_pause_alert',
  executor: 'monitoring',
  description: 'Pauses a Grafana-managed alert rule, or resumes it.',
  whenToUse: 'The rule itself is broken or overloads its data source.',
  whenNotToUse: 'It is only loud: grafana_silence ends by itself; a paused rule is forgotten.',
  risk: 'medium',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: false,
  clusterScoped: true,
  targetKinds: [],
  permissions: [],
  params,
  examples: [
    { title: 'Pause', params: { rule: 'checkout-slow' } },
    { title: 'Resume', params: { rule: 'checkout-slow', paused: false } },
  ],

  async validate(ctx, { params }) {
    const rule = await new Grafana(ctx).alertRule(params.rule);
    const paused = rule['isPaused'] === true;
    const title = String(rule['title'] ?? params.rule);
    const noEffect = paused === params.paused;
    return {
      before: { paused, title, updated: String(rule['updated'] ?? '') },
      diff: noEffect ? [] : [{ path: `/alert-rules/${params.rule}/isPaused`, before: paused, after: params.paused }],
      warnings: params.paused && !noEffect ? ['what it watches is watched no more until it is resumed'] : [],
      summary: `${params.paused ? 'pause' : 'resume'} alert rule ${title}${noEffect ? ': already so' : ''}`,
      noEffect,
    };
  },

  async execute(ctx, { params }, { before, noEffect, summary }) {
    const data = { rule: params.rule, paused: params.paused };
    if (noEffect) return { changed: false, summary, data };
    const grafana = new Grafana(ctx);
    const rule = await grafana.alertRule(params.rule);
    if (rule['isPaused'] === params.paused && stampOf(rule) === ctx.operationId)
      return { changed: true, summary, data };
    if (String(rule['updated'] ?? '') !== before.updated) {
      throw new KubernautError(
        'TARGET_CHANGED',
        `alert rule ${before.title} was saved again at ${String(rule['updated'])}`,
      );
    }
    await grafana.putAlertRule(params.rule, withStamp({ ...rule, isPaused: params.paused }, ctx.operationId));
    return { changed: true, summary, data };
  },

  async verify(ctx, { params }, { before }) {
    const rule = await new Grafana(ctx).alertRule(params.rule);
    const paused = rule['isPaused'] === true;
    const state = paused ? 'paused' : 'evaluated';
    return paused === params.paused
      ? proven(`alert rule ${before.title} is ${state}`, { rule: params.rule, paused })
      : refuted(`alert rule ${before.title} is ${state}`, { rule: params.rule, paused });
  },

  async rollback(ctx, { params }, { before, noEffect }) {
    const grafana = new Grafana(ctx);
    const rule = await grafana.alertRule(params.rule);
    const paused = rule['isPaused'] === true;
    if (noEffect || paused === before.paused) return nothingToUndo(`alert rule ${before.title} is as it was`);
    if (stampOf(rule) !== ctx.operationId) {
      throw new KubernautError('UNDO_CONFLICT', `alert rule ${before.title} was left alone: somebody else set it`);
    }
    await grafana.putAlertRule(params.rule, withStamp({ ...rule, isPaused: before.paused }, undefined));
    const now = before.paused ? 'paused' : 'evaluated';
    return { changed: true, summary: `alert rule ${before.title} is ${now} again`, data: { rule: params.rule } };
  },
});

function stampOf(rule: JsonObject): unknown {
  return (rule['annotations'] as JsonObject | undefined)?.[STAMP];
}

function withStamp(rule: JsonObject, operationId: string | undefined): JsonObject {
  const annotations = { ...(rule['annotations'] as JsonObject | undefined) };
  if (operationId === undefined) delete annotations[STAMP];
  else annotations[STAMP] = operationId;
  return { ...rule, annotations };
}
