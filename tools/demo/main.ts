import { join } from 'node:path';
import { packageRoot } from '../package-root';
import { seconds, streamProgress } from '../progress';
import { SetupError } from '../setup-error';
import { startStack } from '../stack/start-stack';
import type { Stack } from '../stack/stack';
import { demoIo, type DemoIo } from './demo-io';
import { DemoRun } from './demo-run';
import { Kubectl } from './kubectl';
import { rollbackScenario } from './rollback-scenario';
import { undoScenario } from './undo-scenario';
import { startWorkerChild } from './worker-child';

/** `npm run demo`: the main job of Kubernaut on real servers, from nothing, in one command. Exits 0 when all of it held. */
async function main(): Promise<void> {
  const io = demoIo();
  const startedAt = Date.now();
  io.title('Starting real servers: Temporal with Web UI, and a Kubernetes API server with KWOK nodes');
  const stack = await startStack({ progress: streamProgress() });
  const stop = stopOnSignals(stack);
  try {
    await play(io, stack);
    io.say(`\nDone in ${seconds(Date.now() - startedAt)}. To look around yourself: npm start`);
  } finally {
    await stop();
  }
}

async function play(io: DemoIo, stack: Stack): Promise<void> {
  const examples = join(packageRoot(), 'examples');
  const kubectl = new Kubectl(stack.kubectl, stack.kubeconfig);
  const worker = await startWorkerChild(stack, 'dev');
  const run = await DemoRun.open(io, stack);
  try {
    await kubectl.run('apply', '-f', join(examples, 'demo', 'shop.yaml'));
    const available = ['wait', 'deployment', '--all', '-n', 'shop', '--for=condition=Available', '--timeout=60s'];
    await kubectl.run(...available);
    io.ok(`worker    ready, metrics at ${worker.url}/metrics`);
    io.ok('cluster   3 nodes, deployments shop/web and shop/checkout available');
    await rollbackScenario(io, run, kubectl, examples);
    await undoScenario(io, run, kubectl, examples);
  } finally {
    await run.close();
    await worker.stop();
  }
}

/** Ctrl-C ends the servers, too. */
function stopOnSignals(stack: Stack): () => Promise<void> {
  const end = (signal: NodeJS.Signals) => {
    void stack.stop().then(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  process.once('SIGINT', end).once('SIGTERM', end);
  return () => stack.stop();
}

main().catch((error: unknown) => {
  const text = error instanceof SetupError ? error.message : `The demo failed: ${(error as Error).message}`;
  process.stderr.write(`\n${text}\n`);
  process.exitCode = 1;
});
