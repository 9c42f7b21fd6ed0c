import type { FollowUpInput, InvestigateInput } from '../investigation';
import { anyFiring, firing, titleOf } from './fold-alert';
import { executionReport, stepText } from './judge';
import type { IncidentState } from './state';
import type { IncidentOwner } from './types';

/** HolmesGPT is told of the rest by their number. */
const MAX_ALERTS = 20;

export function investigateInput(state: IncidentState): InvestigateInput {
  const { id, owner, objects, past, findings = [], offered = [] } = state;
  const alerts = anyFiring(state) ? firing(state) : state.alerts;
  const [question] = state.questions;
  const { kind, namespace, name } = owner;
  const own = { kind, ...(namespace && { namespace }), name };
  return {
    incident: id,
    summary: question
      ? `${describeOwner(owner)}: ${question.question}`
      : `${titleOf(state)} on ${describeOwner(owner)} (${alerts.length} ${alerts.length === 1 ? 'alert' : 'alerts'})`,
    alerts: alerts.slice(0, MAX_ALERTS).map((alert) => ({
      name: alert.name,
      status: alert.status,
      startsAt: alert.startsAt,
      labels: alert.labels,
      annotations: alert.annotations,
    })),
    scope: {
      cluster: owner.cluster,
      objects: objects.length > 0 ? objects : isObject(owner) ? [own] : [],
      alerts: [...new Set(state.alerts.map((alert) => alert.name))].slice(0, MAX_ALERTS),
    },
    past,
    ...(findings.length > 0 && { findings }),
    ...(offered.length > 0 && {
      playbooks: offered.map(({ name, description = '', steps }) => ({
        name,
        description: description.slice(0, 1000),
        steps: steps.map(stepText),
      })),
    }),
  };
}

export function followUpInput(state: IncidentState): FollowUpInput {
  const { attempts, investigation, last } = state;
  const attempt = attempts.at(-1)!;
  return {
    ...investigateInput(state),
    previous: { analysis: investigation?.analysis ?? '', rootCause: investigation?.rootCause ?? '' },
    execution: executionReport(state.document ?? {}, last!, attempt.measured, !anyFiring(state)),
  };
}

/** `Deployment shop/web` */
export function describeOwner({ kind, namespace, name }: IncidentOwner): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** A cluster as a whole is nothing that an action could act on. */
function isObject({ kind }: IncidentOwner): boolean {
  return kind !== 'Cluster';
}
