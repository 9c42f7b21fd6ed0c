import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { packageRoot } from '../package-root';
import { seconds, streamProgress } from '../progress';
import { SetupError } from '../setup-error';
import { freePorts } from '../stack/free-port';
import { startStack } from '../stack/start-stack';
import type { Stack } from '../stack/stack';
import { startBridgeChild } from './bridge-child';
import { demoIo, type DemoIo } from './demo-io';
import { DemoRun } from './demo-run';
import { demoHolmesGpt, holmesGptSettings } from './holmesgpt';
import { incidentScenario } from './incident-scenario';
import { Kubectl } from './kubectl';
import { servePodMetrics } from './pod-metrics';
import { undoScenario } from './undo-scenario';
import { startWorkerChild } from './worker-child';

const CLUSTER = 'dev';
/** Shorter than anybody would have it in production: nobody waits for minutes to see a demo end. */
const incidents = { soak: '2s', resolveWithin: '60s', cooldown: '1s', cooldownAfterFailure: '1s' };

/** `npm run demo`: the main job of Kubernaut on real servers, from nothing, in one command. Exits 0 when all of it held. */
async function main(): Promise<void> {
  const io = demoIo();
  const startedAt = Date.now();
  io.title('Starting real servers: Temporal, a Kubernetes API server with KWOK nodes, Prometheus, Alertmanager');
  const [bridgePort = 0, metricsPort = 0] = await freePorts(2);
  const token = randomBytes(24).toString('hex');
  const stack = await startStack({
    monitoring: {
      webhook: { url: `http://127.0.0.1:${bridgePort}/api/v1/alerts`, token },
      scrape: { 'kube-state-metrics': `127.0.0.1:${metricsPort}` },
    },
    progress: streamProgress(),
  });
  const stop = stopOnSignals(stack);
  try {
    await play(io, stack, { bridgePort, metricsPort, token });
    io.say(`\nDone in ${seconds(Date.now() - startedAt)}. To look around yourself: npm start`);
  } finally {
    await stop();
  }
}

interface Wiring {
  bridgePort: number;
  metricsPort: number;
  /** What Alertmanager shows the bridge. */
  token: string;
}

async function play(io: DemoIo, stack: Stack, { bridgePort, metricsPort, token }: Wiring): Promise<void> {
  const examples = join(packageRoot(), 'examples');
  const kubectl = new Kubectl(stack.kubectl, stack.kubeconfig);
  const closers: (() => Promise<void>)[] = [];
  const closing = <T>(part: T, close: (part: T) => Promise<void>): T => {
    closers.unshift(() => close(part));
    return part;
  };
  try {
    const holmesgpt = closing(await demoHolmesGpt(examples, process.env), (part) => part.close());
    const settings = { holmesgpt: holmesGptSettings(holmesgpt, process.env), incidents };
    closing(await servePodMetrics(stack, metricsPort), (part) => part.close());
    const [worker, bridge] = await Promise.all([
      startWorkerChild(stack, CLUSTER, { settings }).then((part) => closing(part, () => part.stop())),
      startBridgeChild(stack, { cluster: CLUSTER, port: bridgePort, token }).then((part) =>
        closing(part, () => part.stop()),
      ),
      shopAvailable(kubectl, examples),
    ]);
    const run = closing(await DemoRun.open(io, stack), (part) => part.close());
    io.ok(`worker    ready, metrics at ${worker.url}/metrics`);
    io.ok(`bridge    ready at ${bridge.url}; Alertmanager posts there, with a token`);
    io.ok('cluster   3 nodes, deployments shop/web and shop/checkout available');
    io.say(`kubeconfig ${stack.kubeconfig}`);
    io.ok(`HolmesGPT ${holmesgpt.label}`);
    io.ok('metrics   the demo serves the one of kube-state-metrics that the alert needs, as the API server has it');
    await incidentScenario({ io, run, kubectl, stack, examples, holmesgpt });
    await undoScenario(io, run, kubectl, examples);
  } finally {
    for (const close of closers) await close();
  }
}

async function shopAvailable(kubectl: Kubectl, examples: string): Promise<void> {
  await kubectl.run('apply', '-f', join(examples, 'demo', 'shop.yaml'));
  await kubectl.run('wait', 'deployment', '--all', '-n', 'shop', '--for=condition=Available', '--timeout=60s');
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
