import { readdirSync } from 'node:fs';
import { checkDefinition } from '../../definition-check';
import { kubernetesActions } from './index';

test.each(kubernetesActions.map((action) => [action.name, action] as const))(
  '%s keeps to the form of a definition',
  (_, action) => {
    expect(() => checkDefinition(action)).not.toThrow();
  },
);

test('an action is a file of its name, and every such file is in the list', () => {
  const files = readdirSync(__dirname).filter((file) => /^[a-z]+_[a-z_]+\.ts$/.test(file));
  expect(kubernetesActions.map(({ name }) => `${name}.ts`)).toEqual(files.sort());
});
