import { execCommandsSchema } from '../../../../config/sections/kubernetes/exec-commands';
import type { KubeObject } from '../../../cluster/cluster';
import { fillItems, placeIn } from './exec-command';

const parse = (given: object) =>
  execCommandsSchema.safeParse({ clean: { description: 'Cleans', command: ['clean', '/tmp'], ...given } });
const command = (given: object = {}) => parse(given).data!.clean!;
const problemsOf = (given: object) =>
  parse(given).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

test('an argument is one item of its own, whatever is in it', () => {
  const days = { type: 'integer', minimum: 1, maximum: 9, default: 3 };
  const path = { type: 'string', pattern: '.*' };
  const clean = command({ command: ['find', '{{path}}', '-mtime', '{{days}}'], args: { days, path } });
  expect(fillItems(clean, { path: '$(reboot); rm {{days}}' }).items).toEqual([
    ...['find', '$(reboot); rm {{days}}', '-mtime', '3'],
  ]);
  expect(fillItems(clean, { days: 10, other: 1 }).problems).toEqual([
    ...['there is no argument other (there are: days, path)', 'argument days must be between 1 and 9'],
    'argument path is missing',
  ]);
  const plain = command({ command: ['rm', '{{path}}'], args: { path: { type: 'string' } } });
  expect(fillItems(plain, { path: '-rf' }).problems).toHaveLength(1);
});

test('the settings refuse what cannot be meant', () => {
  const args = { path: { type: 'string' } };
  expect(problemsOf({ command: ['sh', '-c', 'rm {{path}}'], args })).toEqual([
    'clean.command.2: an argument must be an item of its own',
    'clean.args.path: is not used in command',
  ]);
  expect(problemsOf({ command: ['{{path}}'], args })).toEqual([
    'clean.command.0: the program itself cannot be an argument',
  ]);
  expect(problemsOf({ command: ['rm', '{{file}}'] })).toEqual(['clean.command.1: names file, which is not in args']);
  expect(problemsOf({ command: 'rm -rf /' })).toHaveLength(1);
});

const pod = (more: object = {}) =>
  ({
    metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
    spec: { containers: [{ name: 'web' }, { name: 'proxy' }] },
    status: { containerStatuses: [{ name: 'web', state: { running: {} } }] },
    ...more,
  }) as unknown as KubeObject;

test('all that stands against a pod is said at once', () => {
  expect(placeIn(pod(), command({ container: 'web', selector: { app: 'web' }, namespaces: ['shop'] }))).toEqual({
    container: 'web',
    problems: [],
  });
  expect(placeIn(pod(), command({ namespaces: ['bank'], selector: { app: 'db', tier: 'x' } })).problems).toEqual([
    'the command is for bank only',
    'the command is for pods with app=db, tier=x',
    'it has 2 containers, and the command names none (web, proxy)',
  ]);
  expect(placeIn(pod(), command({ container: 'proxy' })).problems).toEqual(['its container proxy is not running']);
  expect(placeIn(pod(), command({ container: 'db' })).problems).toEqual([
    'it has no container db; there are: web, proxy',
  ]);
});
