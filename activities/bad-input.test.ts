import type { JsonObject } from '../plan/json';
import { parsePlan } from '../plan/parse';
import { createRegistry } from './actions';

const registry = createRegistry();
/** What no param of most types takes; the first that is refused is used. */
const wrongValues = [['x', [1]], { no: { such: 1 } }, -1.5, '\u0000', true];

/** For every param that the action knows, a value that it refuses there. */
function wrongParams(action: string): JsonObject {
  const { properties = {} } = registry.paramsJsonSchema(action) as { properties?: JsonObject };
  const wrong = Object.keys(properties).map((name) => {
    const value = wrongValues.find((each) =>
      registry.checkParams(action, { [name]: each }).some(({ path }) => under(path, `/${name}`)),
    );
    return [name, value] as const;
  });
  expect(wrong.filter(([, value]) => value === undefined)).toEqual([]);
  return Object.fromEntries(wrong) as JsonObject;
}

const under = (path: string, place: string) => path === place || path.startsWith(`${place}/`);

/** As the CLI and the bridge check a plan, with the places of the problems. */
function problemsOf(step: JsonObject) {
  const result = parsePlan(
    JSON.stringify({
      apiVersion: 'kubernaut.dev/v1alpha1',
      kind: 'RemediationPlan',
      metadata: { name: 'bad-input', reason: 'all that is wrong', requester: 'jo' },
      spec: { steps: [step, { id: 'second', action: step.action, target: 'Nonsense/shop/x', params: { nope: 1 } }] },
    }),
    { actions: registry },
  );
  return result.ok ? [] : result.problems;
}

describe('All that is wrong with a step is said at once, each with its place and a remedy, and also that of the next step', () => {
  it.each(registry.names().toSorted())('%s', (action) => {
    const params = wrongParams(action);
    const problems = problemsOf({ id: 'first', action, target: 'Nonsense/shop/x', params: { ...params, no_such: 1 } });
    const said = (place: string) =>
      problems.filter(({ path }) => path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`));
    const silent = [
      ...[...Object.keys(params), 'no_such'].map((name) => `spec.steps[0].params.${name}`),
      ...['target', 'params.nope'].map((name) => `spec.steps[1].${name}`),
      'spec.steps[0].target',
    ].filter((place) => said(place).length === 0);
    expect(silent).toEqual([]);
    expect(problems.filter(({ remedy, message }) => remedy === '' || message === '')).toEqual([]);
  });
});
