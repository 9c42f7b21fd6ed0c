import { compileCel, type CompiledCel } from './cel';
import { checkReference, type ReferenceScope } from './check-references';
import { KubernautError } from './errors';
import { expressionSites, expressionsAt, type ExpressionSite } from './expression-sites';
import { allAncestors } from './graph';
import { ProblemCode, type Finding } from './problem';
import { asObject, type PlanSketch, type StepSketch } from './sketch';

/** Every expression: does it parse, do its types fit, and will all it reads be known by then? */
export function checkExpressions(plan: PlanSketch): Finding[] {
  const ancestors = allAncestors(plan.steps);
  const ids = new Set(plan.steps.filter(({ hasId }) => hasId).map(({ id }) => id));
  return plan.steps.flatMap((step) => {
    // What the step waits for is not known when it names a step that does not exist; that is one problem, not two.
    const sure = step.dependsOn.every((id) => ids.has(id) || id.startsWith('#'));
    const ended = sure ? (ancestors.get(step.id) ?? new Set<string>()) : ids;
    return expressionSites(step).flatMap((site) => checkSite(site, scopeOf(site, step, ids, ended)));
  });
}

function scopeOf(
  site: ExpressionSite,
  step: StepSketch,
  ids: ReadonlySet<string>,
  ended: ReadonlySet<string>,
): ReferenceScope {
  const { as } = asObject(step.raw.forEach);
  const loops = step.raw.forEach !== undefined;
  return {
    step: step.id,
    ids,
    ended,
    after: site.after,
    ownOutputs: site.ownOutputs,
    ...(loops && { loopVariable: typeof as === 'string' ? as : 'item' }),
    perItem: site.perItem,
  };
}

function checkSite(site: ExpressionSite, scope: ReferenceScope): Finding[] {
  try {
    return expressionsAt(site).flatMap((text) => checkExpression(text, site, scope));
  } catch (error) {
    return [invalid(site, error)];
  }
}

function checkExpression(text: string, site: ExpressionSite, scope: ReferenceScope): Finding[] {
  let compiled: CompiledCel;
  try {
    compiled = compileCel(text);
  } catch (error) {
    return [invalid(site, error)];
  }
  const wrong = wrongResult(compiled, site);
  const seen = new Set<string>();
  return [
    ...wrong,
    ...compiled.references
      .flatMap((path) => checkReference(path, site.at, scope))
      .filter(({ message }) => !seen.has(message) && seen.add(message)),
  ];
}

function wrongResult({ text, type }: CompiledCel, site: ExpressionSite): Finding[] {
  const fits = site.gives === 'any' || type.startsWith('dyn') || type.startsWith(site.gives);
  if (fits) return [];
  const wanted = site.gives === 'bool' ? 'true or false' : 'a list';
  const remedy = site.gives === 'bool' ? 'Compare it with something: … == …' : 'Write a list, or CEL that gives one.';
  return [
    { at: site.at, code: ProblemCode.expressionInvalid, message: `\`${text}\` gives ${type}, not ${wanted}`, remedy },
  ];
}

function invalid(site: ExpressionSite, error: unknown): Finding {
  if (!(error instanceof KubernautError)) throw error;
  const remedy = error.remedy.startsWith('Close') ? error.remedy : 'Correct the CEL expression.';
  return { at: site.at, code: ProblemCode.expressionInvalid, message: error.message, remedy };
}
