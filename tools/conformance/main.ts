import { readFileSync } from 'node:fs';
import { failureCount, renderFailures, renderSummary } from '../../client/cli/output/conformance-view';
import pc from 'picocolors';
import { streamProgress } from '../progress';
import { SetupError } from '../setup-error';
import { startStack } from '../stack/start-stack';
import { proveCatalogue, type ProofCluster } from './catalogue';

/**
 * `npm run conformance [-- ACTION…]`: proves every action, and those of the example plugin, on a stack started for it, or on
 * the running one that KUBERNAUT_STACK_INFO describes. The same as `test/integration/conformance/catalogue.test.ts`, by name.
 */
async function main(names: readonly string[]): Promise<number> {
  const { cluster, stop } = await getCluster();
  const started = performance.now();
  try {
    const findings = await proveCatalogue(cluster, {
      actions: names.length > 0 ? names : undefined,
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

async function getCluster(): Promise<{ cluster: ProofCluster; stop: () => Promise<void> }> {
  const running = process.env['KUBERNAUT_STACK_INFO'];
  if (running !== undefined) {
    return { cluster: JSON.parse(readFileSync(running, 'utf8')) as ProofCluster, stop: async () => undefined };
  }
  const stack = await startStack({ clusterName: 'kubernaut-conformance', progress: streamProgress() });
  return { cluster: stack, stop: () => stack.stop() };
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof SetupError ? error.message : String((error as Error).stack)}\n`);
    process.exitCode = 1;
  },
);
