import { z } from 'zod';
import { durationMs } from '../../../plan/duration';
import { KubernautError } from '../../../plan/errors';
import { defineAction } from '../../contract';
import { proven, refuted } from '../kubernetes/wait/evidence';
import { Alertmanager, matcherText } from './api/alertmanager';
import { durationParam } from './params';
import { requireSilence, silenceId, type SilenceImage } from './silences/silence-image';
import { isUntouched, sameTime, stamped, stampedEnd } from './silences/silence-stamp';
import { nothingToUndo, undoConflict } from './silences/undo';

const MOST_MS = durationMs('720h');

const params = z
  .strictObject({
    id: silenceId,
    by: durationParam('1m', '168h').optional().describe('Move the present end so much further.'),
    until: z.iso.datetime({ offset: true }).optional().describe('The new end, ISO 8601 with time zone.'),
  })
  .refine(({ by, until }) => (by === undefined) !== (until === undefined), { error: 'give exactly one of by, until' });

type Before = SilenceImage & { newEnd: string };

/**
 * Moves the end of a silence. With unchanged matchers Alertmanager keeps id and start, so this is one change in place; the end
 * is absolute from validate on, and the comment carries the operation's stamp.
 */
export const extendSilence = defineAction<z.output<typeof params>, Before>({
  name: 'extend_silence',
  executor: 'monitoring',
  description: 'Moves the end of an active silence of Alertmanager further away.',
  whenToUse: 'The work that a silence covers takes longer than planned.',
  whenNotToUse: 'The silence has ended (silence_alert makes a new one), or nobody knows why it is still needed.',
  risk: 'medium',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: false,
  clusterScoped: true,
  targetKinds: [],
  permissions: [],
  params,
  examples: [
    { title: 'Another hour', params: { id: '7d8b3f0a-2f5c-4b8e-9d1a-5c6e7f809112', by: '1h' } },
    {
      title: 'Until the end of the maintenance window',
      params: { id: '7d8b3f0a-2f5c-4b8e-9d1a-5c6e7f809112', until: '2030-01-31T22:00:00Z' },
    },
  ],

  async validate(ctx, { params }) {
    const silence = await requireSilence(Alertmanager.of(ctx), params.id);
    const what = silence.matchers.map(matcherText).join(', ');
    if (silence.status.state === 'expired') {
      throw new KubernautError('PRECONDITION_FAILED', `silence ${params.id} {${what}} ended at ${silence.endsAt}`, {
        remedy: 'Set a new one with silence_alert.',
      });
    }
    // Once it is ours, a re-validation must not add once more.
    const already = isUntouched(silence, ctx.operationId);
    const from = Date.parse(silence.endsAt);
    const to = params.until === undefined ? from + (already ? 0 : durationMs(params.by!)) : Date.parse(params.until);
    const problems = [
      ...(to < from ? [`it lasts until ${silence.endsAt} already; this would shorten it`] : []),
      ...(to > ctx.clock.now() + MOST_MS ? ['it would last more than 30 days from now'] : []),
    ];
    if (problems.length > 0)
      throw new KubernautError('PRECONDITION_FAILED', `silence ${params.id}: ${problems.join('; ')}`);
    const newEnd = new Date(to).toISOString();
    const { startsAt, endsAt, createdBy, comment, matchers } = silence;
    return {
      before: { startsAt, endsAt, createdBy, comment, matchers, newEnd },
      diff: to === from ? [] : [{ path: `/silences/${params.id}/endsAt`, before: endsAt, after: newEnd }],
      warnings: [],
      summary: `silence {${what}} until ${endsAt} → ${newEnd}`,
      noEffect: to === from,
    };
  },

  async execute(ctx, { params }, { before, noEffect, summary }) {
    const data = { id: params.id, endsAt: before.newEnd };
    if (noEffect) return { changed: false, summary, data };
    const alertmanager = Alertmanager.of(ctx);
    const silence = await requireSilence(alertmanager, params.id);
    const done = stampedEnd(silence, ctx.operationId) === before.newEnd;
    if (done && sameTime(silence.endsAt, before.newEnd)) return { changed: true, summary, data };
    if (done || silence.status.state === 'expired' || !sameTime(silence.endsAt, before.endsAt)) {
      throw new KubernautError(
        'TARGET_CHANGED',
        `silence ${params.id} is ${silence.status.state} and ends at ${silence.endsAt}, not ${before.endsAt}`,
      );
    }
    const { startsAt, createdBy, comment, matchers } = silence;
    const stamp = { operationId: ctx.operationId, until: before.newEnd };
    const id = await alertmanager.putSilence({
      id: params.id,
      ...{ startsAt, createdBy, matchers, endsAt: before.newEnd, comment: stamped(comment, stamp) },
    });
    return { changed: true, summary, data: { ...data, id } };
  },

  async verify(ctx, { params }, { before }) {
    const silence = await Alertmanager.of(ctx).silence(params.id);
    if (!silence) return refuted(`silence ${params.id} is not there`);
    const { state } = silence.status;
    if (state === 'expired') return refuted(`silence ${params.id} has ended, at ${silence.endsAt}`);
    if (!sameTime(silence.endsAt, before.newEnd)) return refuted(`silence ${params.id} lasts until ${silence.endsAt}`);
    return proven(`silence ${params.id} is ${state} until ${silence.endsAt}`, {
      id: params.id,
      endsAt: silence.endsAt,
      state,
    });
  },

  async rollback(ctx, { params }, { before }) {
    const alertmanager = Alertmanager.of(ctx);
    const silence = await alertmanager.silence(params.id);
    if (!silence) return nothingToUndo(`silence ${params.id} is not there any more`);
    if (stampedEnd(silence, ctx.operationId) === undefined)
      return nothingToUndo(`silence ${params.id} was not changed`);
    if (silence.status.state === 'expired') return nothingToUndo(`silence ${params.id} has ended already`);
    if (!isUntouched(silence, ctx.operationId)) throw undoConflict(silence);
    if (Date.parse(before.endsAt) <= ctx.clock.now()) {
      await alertmanager.expire(params.id);
      return {
        changed: true,
        summary: `silence ${params.id} ended: its earlier end has passed`,
        data: { id: params.id },
      };
    }
    const { startsAt, createdBy, matchers } = silence;
    const { endsAt, comment } = before;
    await alertmanager.putSilence({ id: params.id, startsAt, createdBy, matchers, endsAt, comment });
    return {
      changed: true,
      summary: `silence ${params.id} lasts until ${endsAt} again`,
      data: { id: params.id, endsAt },
    };
  },
});
