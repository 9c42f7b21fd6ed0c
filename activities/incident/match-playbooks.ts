import { compileCel } from '../../plan/cel';
import type { Alert, IncidentOwner } from '../../plan/incident';
import { playbookVariables, type MatchedPlaybook, type Playbook } from '../../plan/incident/playbook';
import type { Json, JsonObject } from '../../plan/json';
import { hasTemplate } from '../../plan/template';
import { labelOf } from './load-playbooks';

const MAX_MATCHES = 5;
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** The playbooks that fit, in their order, each with the first alert that it fits. What an alert cannot fill in does not fit. */
export function matchPlaybooks(
  playbooks: readonly Playbook[],
  alerts: readonly Alert[],
  owner: IncidentOwner,
): MatchedPlaybook[] {
  return playbooks
    .flatMap((playbook): MatchedPlaybook[] => {
      for (const alert of alerts) {
        if (!fits(playbook, alert, owner)) continue;
        const steps = playbook.steps.map((step) => filledIn(step, alert, owner));
        if (steps.some((step) => step === undefined)) continue;
        return [{ name: playbook.name, approval: playbook.approval, steps: steps as JsonObject[] }];
      }
      return [];
    })
    .slice(0, MAX_MATCHES);
}

/** An expression that fails (a label that is not there) does not match. */
function fits({ match }: Playbook, alert: Alert, owner: IncidentOwner): boolean {
  try {
    return compileCel(match).evaluate(playbookVariables(alert, owner)) === true;
  } catch {
    return false;
  }
}

function filledIn(
  { target, params = {}, ...step }: JsonObject,
  alert: Alert,
  owner: IncidentOwner,
): JsonObject | undefined {
  const object = target === undefined ? undefined : objectOf(String(target), alert, owner);
  if (target !== undefined && object === undefined) return undefined;
  const filled: JsonObject = {};
  for (const [name, value] of Object.entries(params as JsonObject)) {
    const label = labelOf(value);
    const given: Json | undefined = label === undefined ? value : alert.labels[label];
    // A label is somebody's text: in a plan a template in it would be code.
    if (given === undefined || (label !== undefined && hasTemplate([given]))) return undefined;
    filled[name] = given;
  }
  return { ...step, ...(object && { target: object }), params: filled };
}

function objectOf(place: string, { labels }: Alert, owner: IncidentOwner): JsonObject | undefined {
  const { kind, namespace, name } = owner;
  if (place === 'owner') return { kind, ...(namespace && { namespace }), name };
  const label = labels[place];
  if (label === undefined || !NAME.test(label)) return undefined;
  if (place === 'node') return { kind: 'Node', name: label };
  return namespace === undefined ? undefined : { kind: 'Pod', namespace, name: label };
}
