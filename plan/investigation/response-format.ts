import type { Json, JsonObject } from '../json';
import { MAX_RECOMMENDATIONS, Role, Timing, Verdict, type InvestigationScope, type ObjectName } from './investigation';
import type { OfferedAction, OfferedActions } from './offered-action';
import { isClusterKind } from './scope';
import { toStrictSchema } from './strict-schema';

/** Beyond so many objects of a kind a model is given the rule instead of the list; the answer is checked either way. */
const MAX_NAMES = 100;

/**
 * What HolmesGPT's `response_format` asks for: actions, targets and params as enums and bounded types, from the registry and
 * the incident's scope. It helps a model to answer well; it protects nothing, since the server does not hold it to it.
 */
export function responseFormat(
  actions: OfferedActions,
  scope: InvestigationScope,
  turn: 'investigation' | 'follow_up',
  playbooks: readonly string[] = [],
): JsonObject {
  return {
    type: 'json_schema',
    json_schema: { name: 'Remediation', strict: true, schema: answerSchema(actions, scope, turn, playbooks) },
  };
}

export function answerSchema(
  actions: OfferedActions,
  scope: InvestigationScope,
  turn: 'investigation' | 'follow_up',
  playbooks: readonly string[] = [],
): JsonObject {
  const variants = [...actions.values()].flatMap((action) => {
    const targets = targetSchemas(action, scope);
    return targets.length === 0 ? [] : [recommendation(action, targets, scope)];
  });
  return closed({
    ...(turn === 'follow_up' && { verdict: choice(Object.values(Verdict), 'Whether the remediation helped.') }),
    analysis: text('What is wrong, for the person who decides.'),
    root_cause: text('One sentence.'),
    confidence: { type: 'number', minimum: 0, maximum: 1, description: 'That this is the root cause.' },
    ...(playbooks.length > 0 && { playbook: playbookSchema(playbooks) }),
    evidence: list(closed({ source: text('Tool or object.'), finding: text('What was seen.') })),
    recommendations: {
      ...list(variants.length === 0 ? closed({}) : { anyOf: variants }),
      description: `At most ${MAX_RECOMMENDATIONS}, best first. Empty when none of the actions would help.`,
    },
  });
}

function playbookSchema(names: readonly string[]): JsonObject {
  const chosen = closed({
    name: choice(names),
    confidence: { type: 'number', minimum: 0, maximum: 1 },
    rationale: { type: 'string' },
  });
  return {
    anyOf: [chosen, { type: 'null' }],
    description: 'The playbook that should be carried out; null: none fits.',
  };
}

function recommendation(action: OfferedAction, targets: JsonObject[], scope: InvestigationScope): JsonObject {
  const { meta, description, whenToUse, whenNotToUse, paramsSchema } = action;
  return {
    ...closed({
      action: choice([meta.name]),
      target: targets.length === 1 ? targets[0]! : { anyOf: targets },
      parameters: toStrictSchema(paramsSchema),
      role: choice(Object.values(Role)),
      timing: nullableChoice(Object.values(Timing)),
      confidence: { type: 'number', minimum: 0, maximum: 1 },
      rationale: { type: 'string' },
      success_criteria: list(successCriterion(scope)),
    }),
    description: `${description} Use it: ${whenToUse} Not: ${whenNotToUse}`,
  };
}

function successCriterion({ alerts }: InvestigationScope): JsonObject {
  const evidence = closed({
    type: choice(['evidence']),
    field: { type: 'string' },
    operator: choice(['==', '!=', '<', '<=', '>', '>=']),
    value: { anyOf: [{ type: 'number' }, { type: 'boolean' }] },
  });
  if (alerts.length === 0) return evidence;
  return { anyOf: [closed({ type: choice(['alert_resolved']), alert: choice(alerts.slice(0, MAX_NAMES)) }), evidence] };
}

/** One for each kind that the action takes and the scope holds. */
function targetSchemas({ targetKinds }: OfferedAction, { objects, namespaces = [] }: InvestigationScope): JsonObject[] {
  return targetKinds.flatMap((kind) => {
    const named = objects.filter((object) => object.kind === kind);
    const namespaced = namespaces.length > 0 && !isClusterKind(kind);
    if (named.length === 0 && !namespaced) return [];
    const open = namespaced || named.length > MAX_NAMES;
    return [
      closed({
        kind: choice([kind]),
        namespace: namespaceSchema(named, namespaced ? namespaces : []),
        name: open ? text('An object that exists there.') : choice(unique(named.map(({ name }) => name))),
      }),
    ];
  });
}

function namespaceSchema(named: readonly ObjectName[], namespaces: readonly string[]): JsonObject {
  const names = unique([...named.flatMap(({ namespace }) => namespace ?? []), ...namespaces]);
  return names.length === 0 ? { type: 'null' } : choice(names.slice(0, MAX_NAMES));
}

function closed(properties: JsonObject): JsonObject {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

function choice(values: readonly string[], description?: string): JsonObject {
  return { type: 'string', enum: [...values], ...(description !== undefined && { description }) };
}

function nullableChoice(values: readonly string[]): JsonObject {
  return { anyOf: [choice(values), { type: 'null' }] };
}

function list(items: Json): JsonObject {
  return { type: 'array', items };
}

function text(description: string): JsonObject {
  return { type: 'string', description };
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
