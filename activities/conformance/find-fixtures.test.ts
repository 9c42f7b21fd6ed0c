import { createRegistry } from '../actions';
import { findFixtures } from './find-fixtures';

test('every built-in action has a fixture beside it, and there is no fixture of anything else', () => {
  const fixtures = findFixtures().map(({ action }) => action);
  expect(fixtures.sort()).toEqual(createRegistry().names());
});
