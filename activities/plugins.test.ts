import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry } from './actions';
import { loadPlugins } from './plugins';

const folder = mkdtempSync(join(tmpdir(), 'kubernaut-plugin-'));

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
});
