import type { JsonObject } from '../../../../plan/json';
import { avoid } from './node-avoidance';

const field = (node: string) => ({ key: 'metadata.name', operator: 'NotIn', values: [node] });
const zone = { key: 'topology.kubernetes.io/zone', operator: 'NotIn', values: ['a'] };
const amd64 = { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] };

test('without any term one is made', () => {
  expect(avoid([], { nodes: ['n1', 'n2'], zones: ['a'] })).toEqual([
    { matchFields: [field('n1'), field('n2')], matchExpressions: [zone] },
  ]);
});

test('it is added to every term, since any one of them suffices', () => {
  const terms: JsonObject[] = [{ matchExpressions: [amd64] }, { matchFields: [field('n0')] }];
  expect(avoid(terms, { nodes: ['n1'], zones: [] })).toEqual([
    { matchExpressions: [amd64], matchFields: [field('n1')] },
    { matchFields: [field('n0'), field('n1')] },
  ]);
});

test('what is avoided already is not added again', () => {
  const terms = avoid([{ matchExpressions: [amd64] }], { nodes: ['n1'], zones: ['a'] });
  expect(avoid(terms, { nodes: ['n1'], zones: ['a'] })).toEqual(terms);
});
