import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import { Client, Connection } from '@temporalio/client';
import { Incidents } from '../../client/bridge/incidents';
import { startBridgeChild } from '../../tools/demo/bridge-child';
import { Kubectl } from '../../tools/demo/kubectl';
import { startWorkerChild } from '../../tools/demo/worker-child';
import { startScriptedHolmesGpt } from '../../tools/holmesgpt/scripted-holmesgpt';
import type { Stack } from '../../tools/stack/stack';
import type { Bench } from '../bench';

const TOKEN = 'a-token-for-the-bench-alone';
const CLUSTER = 'bench';
const INCIDENTS = 10;
const GOAL_MS = 1_000;
const LIMIT_MS = 60_000;

/** From the webhook of an alert to the first call that changes something in the cluster, with an instant HolmesGPT. */
export const incidentBench: Bench = {
  title: 'incident: from the alert to the first change',
  nodes: 3,
  async run(stack, { rounds }, progress) {
    const kubectl = new Kubectl(stack.kubectl, stack.kubeconfig);
    const closers: (() => Promise<unknown>)[] = [];
    const automatic = { minConfidence: 0.8, maxRisk: 'low' };
    try {
      const holmes = await startScriptedHolmesGpt();
      closers.push(() => holmes.close());
      const settings = { holmesgpt: { url: holmes.url, automatic }, guards: { ratePerCluster: false } };
      const worker = await startWorkerChild(stack, CLUSTER, { settings });
      closers.push(() => worker.stop());
      const bridge = await startBridgeChild(stack, { cluster: CLUSTER, token: TOKEN });
      closers.push(() => bridge.stop());
      const one = async (name: string): Promise<number> => {
        await kubectl.run('create', 'deployment', name, '--image=registry.example/web:1', '--replicas=3');
        await kubectl.run('wait', `deployment/${name}`, '--for=condition=Available', '--timeout=60s');
        const target = { kind: 'Deployment', namespace: 'default', name };
        const step = { action: 'pause_rollout', target, parameters: {}, confidence: 0.95 };
        holmes.script({
          analysis: {
            ...{ analysis: 'It should wait.', root_cause: 'a rollout that comes too early', confidence: 0.95 },
            recommendations: [{ ...step, role: 'primary' }],
          },
          tools: [{ name: 'kubectl_describe' }],
        });
        const labels = { alertname: 'Early', namespace: 'default', deployment: name };
        const sentAt = Date.now();
        const alert = { status: 'firing', labels, annotations: {}, startsAt: new Date(sentAt).toISOString() };
        const headers = { authorization: `Bearer ${TOKEN}` };
        await axios.post(`${bridge.url}/api/v1/alerts`, { version: '4', alerts: [alert] }, { proxy: false, headers });
        const changed = await changedAt(stack, name);
        if (changed === undefined) throw new Error(`nothing was done about ${name}: ${await whyOf(stack, name)}`);
        return changed - sentAt;
      };
      await one('warm-up');
      const p50: number[] = [];
      const p95: number[] = [];
      for (let round = 1; round <= rounds; round++) {
        const times: number[] = [];
        for (let n = 0; n < INCIDENTS; n++) times.push(await one(`web-${round}-${n}`));
        times.sort((a, b) => a - b);
        p50.push(times[Math.ceil(times.length * 0.5) - 1]!);
        p95.push(times[Math.ceil(times.length * 0.95) - 1]!);
        progress.line(`round ${round}: p50 ${p50.at(-1)} ms, p95 ${p95.at(-1)} ms`);
      }
      const median = [...p95].sort((a, b) => a - b)[Math.floor(p95.length / 2)]!;
      return {
        rows: [
          { measure: 'alert posted to first change, p50', unit: 'ms', ours: p50 },
          {
            ...{ measure: 'alert posted to first change, p95', unit: 'ms', ours: p95 },
            goal: { text: `≤ ${GOAL_MS} ms`, met: median <= GOAL_MS },
          },
        ],
        notes: [
          `${INCIDENTS} incidents a round, one after the other, each with a Deployment of its own. From the moment the alert is sent until the API server takes the request that pauses the Deployment’s rollout, by its audit log. The default policies are on, and the guards but for the rate per cluster; HolmesGPT is scripted and answers at once.`,
        ],
      };
    } finally {
      for (const close of closers.reverse()) await close();
    }
  },
};

interface AuditLine {
  verb: string;
  userAgent?: string;
  objectRef?: { resource?: string; name?: string };
  requestURI: string;
  requestReceivedTimestamp: string;
}

/** When the API server took Kubernaut's first write to this Deployment, dry runs aside; ms since 1970. */
async function changedAt({ auditLogPath }: Stack, name: string): Promise<number | undefined> {
  const end = Date.now() + LIMIT_MS;
  while (Date.now() < end) {
    // The last line may be half written.
    const lines = (await readFile(auditLogPath, 'utf8')).split('\n').slice(0, -1);
    for (const line of lines) {
      if (!line.includes(`"${name}"`)) continue;
      const { verb, userAgent = '', objectRef, requestURI, requestReceivedTimestamp } = JSON.parse(line) as AuditLine;
      const ours = userAgent.startsWith('kubernaut/') && ['patch', 'update'].includes(verb);
      if (!ours || objectRef?.resource !== 'deployments' || objectRef.name !== name) continue;
      if (!requestURI.includes('dryRun')) return Date.parse(requestReceivedTimestamp);
    }
    await sleep(100);
  }
  return undefined;
}

/** What the incident says of itself. */
async function whyOf({ temporalAddress, temporalNamespace }: Stack, name: string): Promise<string> {
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    const incidents = new Incidents(new Client({ connection, namespace: temporalNamespace }));
    const { phase, reason, why, remediation } = await incidents.status(
      `incident/${CLUSTER}/default/Deployment/${name}`,
    );
    return [phase, reason, remediation, ...why].filter(Boolean).join('; ');
  } finally {
    await connection.close();
  }
}
