import { join } from 'node:path';
import { checkIds } from './checks';
import { testConformance } from './test-conformance';

test('testConformance makes one test of each promise of each action of a plugin', async () => {
  const made: Array<{ name: string; run: () => void | Promise<void> }> = [];
  const runner = {
    describe: (_: string, define: () => void) => define(),
    test: (name: string, run: () => void | Promise<void>) => void made.push({ name, run }),
    beforeAll: () => undefined,
  };
  const plugin = join(__dirname, '..', '..', 'examples', 'plugin-labels');
  testConformance({ plugin, cluster: { kubeconfig: 'nowhere' }, runner });
  expect(made).toHaveLength(checkIds.length);
  expect(made[0]?.name).toBe(
    'set_label: the definition keeps to its own promises and has examples that fit its schema',
  );
  // What was never proven is no success.
  expect(() => made[0]?.run()).toThrow('the conformance kit came to no finding');
});
