import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRegistry } from '../../activities/actions';
import { findFixtures, runConformance } from '../../activities/conformance';
import { loadPlugins } from '../../activities/plugins';
import { failureCount, renderFailures, renderSummary } from '../../client/cli/output/conformance-view';
import pc from 'picocolors';
import { packageRoot } from '../package-root';
import { streamProgress } from '../progress';
import { SetupError } from '../setup-error';
import type { Stack } from '../stack/stack';
import { startStack } from '../stack/start-stack';

type Cluster = Pick<Stack, 'kubeconfig' | 'context' | 'auditLogPath' | 'monitoring'>;

/**
 * `npm run conformance [-- ACTION…]`: proves every action, and those of the example plugin, on a stack started for it, or on
 * the running one that KUBERNAUT_STACK_INFO describes.
 */
async function main(names: readonly string[]): Promise<number> {
  const registry = createRegistry();
  const plugins = loadPlugins(registry, [join(packageRoot(), 'examples', 'plugin-labels')]);
  const fixtures = [...findFixtures(), ...plugins.flatMap(({ conformance = [] }) => conformance)];
  const { cluster, stop } = await getCluster();
  const started = performance.now();
  try {
    const findings = await runConformance({
      registry,
      fixtures,
      cluster: { kubeconfig: cluster.kubeconfig, context: cluster.context },
      actions: names.length > 0 ? names : undefined,
      auditLogPath: cluster.auditLogPath,
      services: servicesOf(cluster),
      onAction: (_, found) => process.stdout.write(`${renderSummary(found, plainColors)}\n`),
    });
    const failures = renderFailures(findings, plainColors);
    if (failures !== '') process.stdout.write(`\n${failures}\n`);
    const failed = failureCount(findings);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    process.stdout.write(`\n${findings.length - failed} checks without complaint, ${failed} failed, ${seconds} s\n`);
    return failed === 0 ? 0 : 1;
  } finally {
    await stop();
  }
}

const plainColors = pc.createColors(process.stdout.isTTY === true);

/** Under the names by which fixtures ask for them. */
function servicesOf({ monitoring }: Cluster): Record<string, string> {
  if (monitoring === undefined) return {};
  const { alertmanagerUrl, prometheusUrl, ruleFolder } = monitoring;
  return { alertmanager: alertmanagerUrl, prometheus: prometheusUrl, 'prometheus-rule-folder': ruleFolder };
}

async function getCluster(): Promise<{ cluster: Cluster; stop: () => Promise<void> }> {
  const running = process.env['KUBERNAUT_STACK_INFO'];
  if (running !== undefined) {
    return { cluster: JSON.parse(readFileSync(running, 'utf8')) as Cluster, stop: async () => undefined };
  }
  const stack = await startStack({
    clusterName: 'kubernaut-conformance',
    monitoring: true,
    progress: streamProgress(),
  });
  return { cluster: stack, stop: () => stack.stop() };
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof SetupError ? error.message : String((error as Error).stack)}\n`);
    process.exitCode = 1;
  },
);
