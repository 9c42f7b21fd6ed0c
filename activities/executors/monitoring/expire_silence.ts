import { z } from 'zod';
import { KubernautError } from '../../../plan/errors';
import { defineAction } from '../../contract';
import { proven, refuted } from '../kubernetes/wait/evidence';
import { Alertmanager, matcherText } from './api/alertmanager';
import { requireSilence, silenceId, type SilenceImage } from './silences/silence-image';
import { AUTHOR, sameTime, stamped, stampedEnd } from './silences/silence-stamp';
import { nothingToUndo, undoConflict } from './silences/undo';

const params = z.strictObject({ id: silenceId });

type Before = SilenceImage & { state: string };

/**
 * Ends a silence. An ended silence carries no trace of who ended it, so its comment is stamped first: only then can an undo
 * tell our end from somebody else's. An ended silence cannot be revived; the undo sets one like it, up to the same end.
 */
export const expireSilence = defineAction<z.output<typeof params>, Before>({
  name: 'expire_silence',
  executor: 'monitoring',
  description: 'Ends a silence of Alertmanager, so that its alerts are heard again.',
  whenToUse: 'The work that it covered is done, or it hides a real problem.',
  whenNotToUse: 'Its alerts still fire for a known reason: everybody would be called.',
  risk: 'low',
  reversibility: 'reversible',
  disruption: 'none',
  readOnly: false,
  clusterScoped: true,
  targetKinds: [],
  permissions: [],
  params,
  examples: [{ title: 'End a silence', params: { id: '7d8b3f0a-2f5c-4b8e-9d1a-5c6e7f809112' } }],

  async validate(ctx, { params }) {
    const alertmanager = Alertmanager.of(ctx);
    const silence = await requireSilence(alertmanager, params.id);
    const { startsAt, endsAt, createdBy, comment, matchers } = silence;
    const { state } = silence.status;
    const what = matchers.map(matcherText).join(', ');
    const over = state === 'expired';
    const heard = over
      ? []
      : (await alertmanager.alerts(matchers)).filter((each) => each.status.silencedBy.includes(params.id));
    return {
      before: { startsAt, endsAt, createdBy, comment, matchers, state },
      diff: over ? [] : [{ path: `/silences/${params.id}/state`, before: state, after: 'expired' }],
      warnings: heard.length > 0 ? [`${heard.length} firing alerts will be heard again`] : [],
      summary: over ? `silence {${what}} ended at ${endsAt} already` : `end silence {${what}} of ${createdBy}`,
      noEffect: over,
    };
  },

  async execute(ctx, { params }, { before, noEffect, summary }) {
    if (noEffect) return { changed: false, summary, data: { id: params.id } };
    const alertmanager = Alertmanager.of(ctx);
    const silence = await requireSilence(alertmanager, params.id);
    const ours = stampedEnd(silence, ctx.operationId) !== undefined;
    if (silence.status.state === 'expired') {
      if (ours) return { changed: true, summary, data: { id: params.id } };
      return { changed: false, summary: `silence ${params.id} was ended by somebody else`, data: { id: params.id } };
    }
    if (!ours) {
      if (!sameTime(silence.endsAt, before.endsAt)) {
        throw new KubernautError(
          'TARGET_CHANGED',
          `silence ${params.id} ends at ${silence.endsAt} now, not ${before.endsAt}`,
        );
      }
      const { startsAt, endsAt, createdBy, matchers, comment } = silence;
      const stamp = { operationId: ctx.operationId, until: endsAt };
      await alertmanager.putSilence({
        id: params.id,
        startsAt,
        endsAt,
        createdBy,
        matchers,
        comment: stamped(comment, stamp),
      });
    }
    await alertmanager.expire(params.id);
    return { changed: true, summary, data: { id: params.id } };
  },

  async verify(ctx, { params }) {
    const silence = await Alertmanager.of(ctx).silence(params.id);
    const state = silence?.status.state ?? 'forgotten';
    if (silence !== undefined && state !== 'expired') return refuted(`silence ${params.id} is still ${state}`);
    return proven(`silence ${params.id} is ${state}`, { id: params.id, state });
  },

  async rollback(ctx, { params }, { before }) {
    const alertmanager = Alertmanager.of(ctx);
    const silences = await alertmanager.silences();
    const restored = silences.find(
      (each) => each.createdBy === AUTHOR && stampedEnd(each, `undo of ${ctx.operationId}`),
    );
    if (restored) return nothingToUndo(`silence ${restored.id} stands for it already`);
    const silence = silences.find(({ id }) => id === params.id);
    if (!silence || stampedEnd(silence, ctx.operationId) === undefined) {
      return nothingToUndo(`silence ${params.id} was not ended by this operation`);
    }
    const { startsAt, createdBy, matchers } = silence;
    const { endsAt, comment } = before;
    if (silence.status.state !== 'expired') {
      // Stamped, but never ended.
      if (!sameTime(silence.endsAt, endsAt)) throw undoConflict(silence);
      await alertmanager.putSilence({ id: params.id, startsAt, createdBy, matchers, endsAt, comment });
      return { changed: true, summary: `silence ${params.id} is as it was`, data: { id: params.id } };
    }
    if (Date.parse(endsAt) <= ctx.clock.now()) return nothingToUndo(`silence ${params.id} would have ended by now`);
    const stamp = { operationId: `undo of ${ctx.operationId}`, until: endsAt };
    const id = await alertmanager.putSilence({
      ...{ matchers: before.matchers, startsAt: new Date(ctx.clock.now()).toISOString(), endsAt },
      ...{ createdBy: AUTHOR, comment: stamped(comment, stamp) },
    });
    return { changed: true, summary: `silence ${id} stands for ${params.id}, until ${endsAt}`, data: { id, endsAt } };
  },
});
