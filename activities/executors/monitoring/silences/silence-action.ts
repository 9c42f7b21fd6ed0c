import { z } from 'zod';
import { durationMs } from '../../../../plan/duration';
import { KubernautError } from '../../../../plan/errors';
import type { JsonObject } from '../../../../plan/json';
import { defineAction, type ActionContext, type ActionDefinition } from '../../../contract';
import { proven, refuted } from '../../kubernetes/wait/evidence';
import { type Alertmanager, matcherText, type Silence } from '../api/alertmanager';
import { durationParam } from '../params';
import { matchersSchema, sameMatchers, type Matcher } from './matchers';
import { AUTHOR, isUntouched, stamped, stampedEnd } from './silence-stamp';
import { nothingToUndo, undoConflict } from './undo';

export const silenceParams = z.strictObject({
  matchers: matchersSchema,
  duration: durationParam('1m', '168h').default('1h').describe('How long, from the moment it is set. Default 1h.'),
  comment: z.string().trim().min(1).max(500).default('Silenced during a remediation').describe('For people.'),
});
type Params = z.output<typeof silenceParams>;
type Before = { alerts: number; covering?: string };

/** Where the silence is set, and what people read of the action. */
export interface SilenceAction extends Pick<
  ActionDefinition,
  'name' | 'description' | 'whenToUse' | 'whenNotToUse' | 'examples'
> {
  open(ctx: ActionContext): Alertmanager;
}

/**
 * Sets a silence. The end counts from the moment of the first execute, so a later attempt looks for the silence that carries
 * the operation's stamp instead of making another one.
 */
export function silenceAction({ open, ...texts }: SilenceAction): ActionDefinition {
  return defineAction<Params, Before>({
    ...texts,
    executor: 'monitoring',
    risk: 'medium',
    reversibility: 'reversible',
    disruption: 'none',
    readOnly: false,
    clusterScoped: true,
    targetKinds: [],
    permissions: [],
    params: silenceParams,

    async validate(ctx, { params }) {
      const alertmanager = open(ctx);
      const [alerts, silences] = await Promise.all([alertmanager.alerts(params.matchers), alertmanager.silences()]);
      const end = ctx.clock.now() + durationMs(params.duration);
      const covering = silences.find(
        (each) =>
          each.status.state === 'active' &&
          sameMatchers(each.matchers, params.matchers) &&
          Date.parse(each.endsAt) >= end &&
          stampedEnd(each, ctx.operationId) === undefined,
      );
      const what = params.matchers.map(matcherText).join(', ');
      const wish: JsonObject = { matchers: plain(params.matchers), duration: params.duration };
      return {
        before: { alerts: alerts.length, ...(covering && { covering: covering.id }) },
        // Bound by what was asked for, not by the clock: a later re-validation must not look like another plan.
        diff: covering ? [] : [{ path: '/silence', after: wish }],
        warnings: covering ? [] : warningsFor(alerts),
        summary: covering
          ? `{${what}} is silenced until ${covering.endsAt} already (${covering.id})`
          : `silence {${what}} for ${params.duration}`,
        noEffect: covering !== undefined,
      };
    },

    async execute(ctx, { params }, validation) {
      const alertmanager = open(ctx);
      const present = await ownSilence(ctx, alertmanager);
      if (present) {
        // One that has run its time is expired, too; only an earlier end is somebody's doing.
        if (present.status.state === 'expired' && !isUntouched(present, ctx.operationId)) {
          throw new KubernautError(
            'TARGET_CHANGED',
            `silence ${present.id} of this operation was ended by somebody meanwhile`,
          );
        }
        return effectOf(present);
      }
      if (validation.noEffect) {
        const { covering = '' } = validation.before;
        return { changed: false, summary: validation.summary, data: { id: covering } };
      }
      const now = ctx.clock.now();
      const endsAt = new Date(now + durationMs(params.duration)).toISOString();
      await alertmanager.putSilence({
        matchers: params.matchers,
        startsAt: new Date(now).toISOString(),
        endsAt,
        createdBy: AUTHOR,
        comment: stamped(params.comment, { operationId: ctx.operationId, until: endsAt }),
      });
      const made = await ownSilence(ctx, alertmanager);
      if (made) return effectOf(made);
      throw new KubernautError('UNAVAILABLE', 'Alertmanager took the silence but does not show it yet');
    },

    // True when the silence is active and every alert that matches is suppressed: the silencer judges at the time of asking.
    async verify(ctx, { params }, _validation, effect) {
      const id = effect.data['id'];
      if (typeof id !== 'string') return refuted('execute did not report a silence');
      const alertmanager = open(ctx);
      const silence = await alertmanager.silence(id);
      if (silence?.status.state !== 'active')
        return refuted(`silence ${id} is ${silence?.status.state ?? 'not there'}`);
      const alerts = await alertmanager.alerts(params.matchers);
      const loud = alerts.filter(({ status }) => status.silencedBy.length === 0);
      if (loud.length > 0)
        return refuted(`silence ${id} is active, but ${loud.length} matching alerts are not suppressed`);
      return proven(`silence ${id} is active until ${silence.endsAt}; ${alerts.length} alerts suppressed`, {
        id,
        endsAt: silence.endsAt,
        suppressed: alerts.length,
      });
    },

    async rollback(ctx) {
      const alertmanager = open(ctx);
      const silence = await ownSilence(ctx, alertmanager);
      if (!silence) return nothingToUndo('no silence of this operation exists');
      if (silence.status.state === 'expired') return nothingToUndo(`silence ${silence.id} has ended already`);
      if (!isUntouched(silence, ctx.operationId)) throw undoConflict(silence);
      await alertmanager.expire(silence.id);
      return { changed: true, summary: `silence ${silence.id} ended`, data: { id: silence.id } };
    },
  });
}

/** The living one, if any: an expired one of the same operation may be left from a change that made Alertmanager split it. */
async function ownSilence(ctx: ActionContext, alertmanager: Alertmanager): Promise<Silence | undefined> {
  const own = (await alertmanager.silences()).filter((each) => stampedEnd(each, ctx.operationId) !== undefined);
  return own.find(({ status }) => status.state !== 'expired') ?? own[0];
}

function effectOf({ id, startsAt, endsAt, matchers }: Silence) {
  const what = matchers.map(matcherText).join(', ');
  return { changed: true, summary: `{${what}} silenced until ${endsAt}`, data: { id, startsAt, endsAt } };
}

function plain(matchers: readonly Matcher[]): JsonObject[] {
  return matchers.map((matcher) => ({ ...matcher }));
}

function warningsFor(alerts: ReadonlyArray<{ labels: Readonly<Record<string, string>> }>): string[] {
  if (alerts.length === 0) return ['no alert matches now'];
  const names = [...new Set(alerts.map(({ labels }) => labels['alertname'] ?? 'an alert without a name'))].sort();
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ' …' : '');
  const critical = alerts.filter(({ labels }) => labels['severity'] === 'critical').length;
  return [
    `${alerts.length === 1 ? 'one alert matches' : `${alerts.length} alerts match`} now: ${shown}`,
    ...(critical > 0 ? [`${critical} of them critical`] : []),
  ];
}
