import { compileCel } from '../../plan/cel';
import { durationMs } from '../../plan/duration';
import type { Alert, IncidentOwner, PlaybooksInput } from '../../plan/incident';
import {
  playbookVariables,
  type MatchedPlaybook,
  type Playbook,
  type PlaybookTarget,
} from '../../plan/incident/playbook';
import { isClusterKind } from '../../plan/investigation/scope';
import type { JsonObject } from '../../plan/json';
import { fillPlaceholders } from './placeholders';

const MAX_MATCHES = 5;
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/**
 * The playbooks that fit, in their order, each with the first alert that it fits. What an alert, or the objects of the incident,
 * cannot fill in does not fit.
 */
export function matchPlaybooks(playbooks: readonly Playbook[], input: PlaybooksInput): MatchedPlaybook[] {
  return playbooks
    .flatMap((playbook): MatchedPlaybook[] => {
      const { name, description, approval, once, escalate } = playbook;
      for (const alert of input.alerts) {
        if (!fits(playbook, alert, input)) continue;
        const steps = playbook.steps.map((step) => filledIn(step, alert, input));
        if (steps.some((step) => step === undefined)) continue;
        const rest = { ...(once !== undefined && { onceMs: durationMs(once) }), ...(escalate && { escalate }) };
        return [{ name, description, approval, ...rest, steps: steps as JsonObject[] }];
      }
      return [];
    })
    .slice(0, MAX_MATCHES);
}

/** An expression that fails (a label that is not there) does not match. */
function fits({ match }: Playbook, alert: Alert, { owner, changed = false }: PlaybooksInput): boolean {
  try {
    return compileCel(match).evaluate(playbookVariables(alert, owner, changed)) === true;
  } catch {
    return false;
  }
}

function filledIn(
  { target, params = {}, ...step }: JsonObject,
  alert: Alert,
  input: PlaybooksInput,
): JsonObject | undefined {
  const object = target === undefined ? undefined : objectOf(target as string | JsonObject, alert, input);
  if (target !== undefined && object === undefined) return undefined;
  const filled = fillPlaceholders(params, (source, name) =>
    source === 'label' ? alert.labels[name] : (object?.['name'] as string | undefined),
  );
  if (filled === undefined) return undefined;
  return { ...step, ...(object && { target: object }), params: filled };
}

function objectOf(
  place: string | JsonObject,
  { labels }: Alert,
  { owner, objects = [] }: PlaybooksInput,
): JsonObject | undefined {
  if (place === 'owner') return nameOf(owner);
  const { kind, fromLabel } = (typeof place === 'string'
    ? { kind: place === 'node' ? 'Node' : 'Pod', fromLabel: place }
    : place) as unknown as PlaybookTarget;
  if (fromLabel === undefined) {
    const [only, ...others] = objects.filter((object) => object.kind === kind);
    return only === undefined || others.length > 0 ? undefined : { ...only };
  }
  const name = labels[fromLabel];
  if (name === undefined || !NAME.test(name)) return undefined;
  if (isClusterKind(kind)) return { kind, name };
  const namespace = owner.namespace ?? (owner.kind === 'Namespace' ? owner.name : undefined);
  return namespace === undefined ? undefined : { kind, namespace, name };
}

function nameOf({ kind, namespace, name }: IncidentOwner): JsonObject {
  return { kind, ...(namespace && { namespace }), name };
}
