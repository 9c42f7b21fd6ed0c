import { compileCel } from '../cel';
import { inDocumentOrder, type Locate } from '../check';
import { schemaFindings } from '../check-schema';
import { checkEscalation } from '../check-rules';
import { didYouMean } from '../close-names';
import { KubernautError } from '../errors';
import type { Json } from '../json';
import { readDocument } from '../parse';
import { plainDocument } from '../plain-document';
import { formatPath, ProblemCode, type DocumentPath, type Finding, type PlanProblem } from '../problem';
import { pathDescriber } from '../schema-hints';
import { policyJsonSchema, policySchema, type Policy, type PolicyRule } from './schema';
import { POLICY_VARIABLES, STEP_VARIABLES } from './variables';

export type PolicyResult = { ok: true; policy: Policy } | { ok: false; problems: PlanProblem[] };

const describe = pathDescriber(policyJsonSchema());

/** Reads and checks one policy; every problem at once, with its line and what to do. Never throws for what is in the text. */
export function parsePolicy(text: string): PolicyResult {
  const expected = { what: 'a policy', start: 'Start from policies/default.yaml.' };
  const read = readDocument(text, expected, (value, locate) => checkPolicy(value, locate));
  return 'refused' in read ? { ok: false, problems: read.refused } : read.result;
}

export function checkPolicy(document: unknown, locate: Locate = () => undefined): PolicyResult {
  const place = ({ at, ...finding }: Finding): PlanProblem => ({ path: formatPath(at), ...finding, ...locate(at) });
  const plain = plainDocument(document);
  if ('problem' in plain) return { ok: false, problems: [place(plain.problem)] };
  const form = schemaFindings(policySchema, plain.value, describe);
  const findings = inDocumentOrder(plain.value, [...form, ...checkRules(plain.value)]);
  if (findings.length > 0) return { ok: false, problems: findings.map(place) };
  return { ok: true, policy: plain.value as unknown as Policy };
}

/** Looks at what is there, whether or not the form is right everywhere, so that nothing has to be found one by one. */
function checkRules(document: Json): Finding[] {
  const { spec } = asObject<Partial<Policy>>(document);
  const windows = list(asObject<{ windows?: unknown }>(spec).windows).map(
    (it) => asObject<{ name?: unknown }>(it).name,
  );
  const rules = list(asObject<{ rules?: unknown }>(spec).rules).map((it) => asObject<Partial<PolicyRule>>(it));
  return [
    ...duplicates(windows, ['spec', 'windows']),
    ...duplicates(
      rules.map(({ name }) => name),
      ['spec', 'rules'],
    ),
    ...rules.flatMap((rule, index) => checkRule(rule, ['spec', 'rules', index], windows)),
  ];
}

function checkRule(rule: Partial<PolicyRule>, at: DocumentPath, windows: readonly unknown[]): Finding[] {
  const unknownWindows = (['during', 'outside'] as const).flatMap((key) =>
    list(rule[key]).flatMap((name, index): Finding[] => {
      if (typeof name !== 'string' || windows.includes(name)) return [];
      const known = windows.filter((each) => typeof each === 'string');
      const remedy = didYouMean(name, known, 'Add it to spec.windows.');
      return [{ at: [...at, key, index], code: ProblemCode.unknownReference, message: `no window ${name}`, remedy }];
    }),
  );
  const replicas = rule.scope === 'plan' && asObject<{ maxReplicas?: unknown }>(rule.limit).maxReplicas !== undefined;
  const misplaced: Finding[] = replicas
    ? [
        {
          at: [...at, 'limit', 'maxReplicas'],
          code: ProblemCode.invalidValue,
          message: 'maxReplicas is about a step, the rule about the plan',
          remedy: 'Remove scope: plan.',
        },
      ]
    : [];
  const stages = checkEscalation([...at, 'approval'], rule.approval as Json | undefined);
  return [...unknownWindows, ...misplaced, ...stages, ...checkExpression(rule, [...at, 'when'])];
}

function checkExpression({ when, scope }: Partial<PolicyRule>, at: DocumentPath): Finding[] {
  if (typeof when !== 'string') return [];
  try {
    const { references, type } = compileCel(when);
    const wrongType: Finding[] =
      type.startsWith('bool') || type.startsWith('dyn')
        ? []
        : [
            {
              at,
              code: ProblemCode.expressionInvalid,
              message: `\`${when}\` gives ${type}, not true or false`,
              remedy: 'Compare it with something: … == …',
            },
          ];
    const seen = new Set<string>();
    const unknown = references
      .flatMap((path) => checkReference(path, at, scope === 'plan'))
      .filter(({ message }) => !seen.has(message) && seen.add(message));
    return [...wrongType, ...unknown];
  } catch (error) {
    if (!(error instanceof KubernautError)) throw error;
    return [{ at, code: ProblemCode.expressionInvalid, message: error.message, remedy: 'Correct the CEL expression.' }];
  }
}

function checkReference([root = '', field]: string[], at: DocumentPath, planOnly: boolean): Finding[] {
  const unknown = (message: string, remedy: string): Finding[] => [
    { at, code: ProblemCode.unknownReference, message, remedy },
  ];
  const fields = Object.hasOwn(POLICY_VARIABLES, root) ? POLICY_VARIABLES[root] : undefined;
  const names = Object.keys(POLICY_VARIABLES);
  if (fields === undefined) {
    return unknown(`there is no variable ${root}`, didYouMean(root, names, `There are ${names.join(', ')}.`));
  }
  if (planOnly && STEP_VARIABLES.includes(root)) {
    return unknown(`${root} is not known to a rule about the plan`, 'Remove scope: plan.');
  }
  if (field !== undefined && !fields.includes(field)) {
    const remedy = didYouMean(field, [...fields], `There are ${fields.map((each) => `${root}.${each}`).join(', ')}.`);
    return unknown(`there is no ${root}.${field}`, remedy);
  }
  return [];
}

function duplicates(names: readonly unknown[], at: DocumentPath): Finding[] {
  return names.flatMap((name, index): Finding[] =>
    typeof name === 'string' && names.indexOf(name) < index
      ? [
          {
            at: [...at, index, 'name'],
            code: ProblemCode.duplicateId,
            message: `${name} is there twice`,
            remedy: 'Rename one.',
          },
        ]
      : [],
  );
}

function asObject<T extends object>(value: unknown): T {
  return (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}) as T;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
