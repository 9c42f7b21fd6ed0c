import { fc } from '../test/setup/property';
import {
  allAncestors,
  ancestors,
  dependencies,
  dependents,
  findCycles,
  topologicalOrder,
  type GraphStep,
} from './graph';

const graph = (edges: Record<string, string[]>): GraphStep[] =>
  Object.entries(edges).map(([id, dependsOn]) => ({ id, dependsOn }));
const diamond = graph({ a: [], b: ['a'], c: ['a'], d: ['b', 'c'], e: ['gone', 'd'] });

it('knows neighbours and ancestors, and ignores what does not exist', () => {
  expect(dependencies(diamond, 'e')).toEqual(['d']);
  expect(dependents(diamond, 'a')).toEqual(['b', 'c']);
  expect([...ancestors(diamond, 'e')].sort()).toEqual(['a', 'b', 'c', 'd']);
  expect([...ancestors(diamond, 'a')]).toEqual([]);
  expect([...ancestors(diamond, 'nobody')]).toEqual([]);
});

it('orders steps by dependency, then as written', () => {
  expect(topologicalOrder(diamond)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(topologicalOrder(graph({ z: ['y'], x: [], y: [] }))).toEqual(['x', 'y', 'z']);
});

it.each<[string, Record<string, string[]>, string[][]]>([
  ['none', { a: [], b: ['a'] }, []],
  ['a step on itself', { a: ['a'] }, [['a', 'a']]],
  [
    'two',
    { a: ['b'], b: ['a'], c: ['d'], d: ['c'] },
    [
      ['a', 'b', 'a'],
      ['c', 'd', 'c'],
    ],
  ],
  ['three steps, with others waiting for them', { w: ['a'], a: ['c'], b: ['a'], c: ['b'] }, [['a', 'c', 'b', 'a']]],
])('finds cycles: %s', (_title, edges, cycles) => expect(findCycles(graph(edges))).toEqual(cycles));

describe('for any graph', () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const any = fc
    .array(fc.subarray(ids, { maxLength: 3 }), { minLength: 7, maxLength: 7 })
    .map((edges) => ids.map((id, i) => ({ id, dependsOn: edges[i]! })));

  it('the order holds all steps, each after its dependencies, unless there is a cycle', () => {
    fc.assert(
      fc.property(any, (steps) => {
        const order = topologicalOrder(steps);
        const cycles = findCycles(steps);
        expect(order.length === steps.length).toBe(cycles.length === 0);
        for (const id of order)
          for (const other of dependencies(steps, id)) expect(order.indexOf(other)).toBeLessThan(order.indexOf(id));
      }),
    );
  });

  it('each cycle named is one', () => {
    fc.assert(
      fc.property(any, (steps) => {
        for (const cycle of findCycles(steps)) {
          expect(cycle.at(-1)).toBe(cycle[0]);
          cycle.slice(1).forEach((id, index) => expect(dependencies(steps, cycle[index]!)).toContain(id));
        }
      }),
    );
  });

  it('ancestors are closed under dependency', () => {
    fc.assert(
      fc.property(any, (steps) => {
        for (const [id, found] of allAncestors(steps)) {
          const expected = new Set(dependencies(steps, id).flatMap((other) => [other, ...ancestors(steps, other)]));
          expect(found).toEqual(expected);
        }
      }),
    );
  });
});
