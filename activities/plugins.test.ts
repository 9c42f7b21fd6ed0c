import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubernautError } from '../plan/errors';
import { createRegistry } from './actions';
import { loadPlugins } from './plugins';

const folder = mkdtempSync(join(tmpdir(), 'kubernaut-plugin-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const action = `{
  name: 'page_oncall', executor: 'pager', description: 'Pages.', whenToUse: 'Now.', whenNotToUse: 'Never.',
  risk: 'low', reversibility: 'irreversible', disruption: 'none', readOnly: false, clusterScoped: false,
  targetKinds: [], permissions: [], params: z.strictObject({}), examples: [{ title: 'Page', params: {} }],
  validate: async () => ({}), execute: async () => ({}), verify: async () => ({}),
}`;
const zod = `const { z } = require(${JSON.stringify(require.resolve('zod'))});`;

describe('Plugins', () => {
  test('bring executors and actions of their own', () => {
    const file = write(
      'pager.js',
      `${zod} exports.plugin = { name: 'pager', executors: [{ type: 'pager', aliases: ['oncall'] }], actions: [${action}] };`,
    );
    const registry = createRegistry();
    loadPlugins(registry, [file]);
    expect(registry.list('oncall').map(({ name }) => name)).toEqual(['page_oncall']);
    expect(() => loadPlugins(registry, [file])).toThrow('the name pager belongs to pager already');
  });

  test('cannot bring an action that promises more than it does', () => {
    const file = write(
      'bad.js',
      `${zod} module.exports = { name: 'bad', actions: [{ ...${action}, executor: 'custom', execute: undefined }] };`,
    );
    expect(() => loadPlugins(createRegistry(), [file])).toThrow('execute is not implemented');
  });

  test('are named when they cannot be loaded or are none', () => {
    expect(() => loadPlugins(createRegistry(), [join(folder, 'missing.js')])).toThrow(
      /plugin .*missing.js cannot be loaded/,
    );
    expect(() => loadPlugins(createRegistry(), [write('empty.js', 'exports.x = 1;')])).toThrow('exports no plugin');
  });

  test('are handed what they need, so that the errors they throw are known by their code', async () => {
    const file = write(
      'tools.js',
      `exports.plugin = ({ z, defineAction, KubernautError }) => ({
        name: 'tools',
        actions: [defineAction({ ...${action}, executor: 'custom', name: 'refuse',
          validate: async () => { throw new KubernautError('PRECONDITION_FAILED', 'not today'); } })],
      });`,
    );
    const registry = createRegistry();
    expect(loadPlugins(registry, [file]).map(({ name }) => name)).toEqual(['tools']);
    const refused = registry.get('refuse').validate({} as never, {} as never);
    await expect(refused).rejects.toBeInstanceOf(KubernautError);
  });

  test('may be ES modules with a default export', () => {
    const file = write(
      'module.mjs',
      `export default ({ z }) => ({ name: 'esm', actions: [{ ...${action}, executor: 'custom' }] });`,
    );
    const registry = createRegistry();
    // jest cannot require ES modules; a process of its own can, as the worker does.
    const program = `require(${JSON.stringify(join(__dirname, '..', 'test', 'setup', 'register-typescript.cjs'))});
      const { loadPlugins } = require(${JSON.stringify(join(__dirname, 'plugins.ts'))});
      const { createRegistry } = require(${JSON.stringify(join(__dirname, 'actions.ts'))});
      const registry = createRegistry(); loadPlugins(registry, [${JSON.stringify(file)}]);
      process.stdout.write(String(registry.has('page_oncall')));`;
    expect(registry.has('page_oncall')).toBe(false);
    expect(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' })).toBe('true');
  });

  test.each<[string, string, RegExp]>([
    ['that throws', `exports.plugin = () => { throw new Error('no licence'); };`, /is refused: no licence/],
    ['that is no module', `this is not JavaScript`, /cannot be loaded: /],
    ['without a name', `exports.plugin = { actions: [${action}] };`, /is refused: name: /],
    ['without an action', `exports.plugin = { name: 'none', actions: [] };`, /brings nothing/],
    ['whose actions are no list', `exports.plugin = { name: 'odd', actions: {} };`, /is refused: actions: /],
    [
      'with an executor of a bad name',
      `exports.plugin = { name: 'x', executors: [{ type: 'a b', aliases: [] }], actions: [${action}] };`,
      /executors.0.type/,
    ],
    ['whose function returns nothing', `exports.plugin = () => undefined;`, /is refused: plugin: /],
    [
      'that takes the name of an action',
      `exports.plugin = { name: 'x', actions: [{ ...${action}, executor: 'custom', name: 'drain_node' }] };`,
      /plugin x .*: action drain_node .* registered already, by executor kubernetes/,
    ],
    [
      'that takes the name of an executor',
      `exports.plugin = { name: 'x', executors: [{ type: 'mine', aliases: ['k8s'] }], actions: [${action}] };`,
      /plugin x .*: executor mine: the name k8s belongs to kubernetes/,
    ],
    [
      'whose action belongs to nobody',
      `exports.plugin = { name: 'x', actions: [${action}] };`,
      /there is no executor pager/,
    ],
    [
      'with a good action and a bad one',
      `exports.plugin = { name: 'x', actions: [{ ...${action}, executor: 'custom' }, { ...${action}, executor: 'custom', name: 'Bad' }] };`,
      /name must be lower case words/,
    ],
    [
      'with an undo on paper',
      `exports.plugin = { name: 'x', actions: [{ ...${action}, executor: 'custom', reversibility: 'reversible' }] };`,
      /a reversible action needs a rollback/,
    ],
  ])('are refused as a whole, with the reason: one %s', (name, text, says) => {
    const file = write(`${name.replaceAll(' ', '-')}.js`, `${zod} ${text}`);
    const registry = createRegistry();
    const before = registry.names();
    expect(() => loadPlugins(registry, [file])).toThrow(says);
    expect(registry.names()).toEqual(before);
  });

  test('the example brings an executor of its own, and how its action is proven', () => {
    const registry = createRegistry();
    const [plugin] = loadPlugins(registry, [join(__dirname, '..', 'examples', 'plugin-labels')]);
    expect(registry.list('labels').map(({ name }) => name)).toEqual(['set_label']);
    expect(registry.meta('set_label')).toMatchObject({ executor: 'labels', clusterScoped: true });
    expect(plugin?.conformance?.map((fixture) => fixture.action)).toEqual(['set_label']);
  });
});
