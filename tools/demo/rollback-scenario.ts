import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAlertmanagerWebhook, type Alert } from '../../client/bridge/alertmanager';
import { createRegistry } from '../../activities/actions';
import { offeredActions } from '../../activities/investigation/offered-actions';
import { decideRemedy, holmesAnswer, planOfRemedy, readAnswer } from '../../plan/investigation';
import type { DemoIo } from './demo-io';
import type { DemoRun } from './demo-run';
import type { Kubectl } from './kubectl';

const rolledOut = '{.status.readyReplicas}/{.spec.replicas} {.status.updatedReplicas}';

/** A bad rollout, the alert about it, HolmesGPT's answer, and the plan that takes the rollout back. */
export async function rollbackScenario(io: DemoIo, run: DemoRun, kubectl: Kubectl, examples: string): Promise<void> {
  io.title('1. A bad rollout, from the alert to the healthy end');
  const image = await breakDeployment(io, kubectl);
  const alert = await readAlert(examples);
  io.ok(
    `alert     ${alert.labels['alertname']} in ${alert.labels['namespace']}, from examples/alerts/crash-looping.json`,
  );
  const cluster = alert.labels['cluster'] ?? 'dev';
  const title = alert.labels['alertname'] ?? '';
  const scope = { cluster, objects: [], namespaces: [alert.labels['namespace'] ?? ''], alerts: [title] };
  const actions = offeredActions(createRegistry(), { withhold: [] }, scope);
  const answer = holmesAnswer(await readJson(examples, 'holmesgpt', 'crash-looping.json'));
  const investigation = readAnswer(answer, { scope, actions });
  const decision = decideRemedy(investigation);
  if (decision.kind === 'escalate') throw new Error(decision.reason);
  const { action, confidence } = decision.primary;
  io.ok(`HolmesGPT ${investigation.rootCause}; recommends ${action} with confidence ${confidence}`);

  const { document } = planOfRemedy(decision, investigation, { cluster, title });
  const id = await run.start(run.check(document));
  const digest = await run.untilAsked(id);
  io.say('\nPreview: what would happen, dry-run on the API server; nothing has been changed yet');
  await run.showPreview(id);

  const approval = { by: 'demo', digest, reason: 'the diff is the old image' };
  io.say('\nApproved by signal, the same as');
  io.block(`temporal workflow signal -w ${id} --name approve --input '${JSON.stringify(approval)}'`);
  await run.client.workflow.getHandle(id).signal('approve', approval);
  const result = await run.follow(id);
  await run.showResult(id, result);

  if (result.outcome !== 'succeeded')
    throw new Error(`expected the outcome succeeded, got ${result.outcome}: ${result.reason}`);
  const now = await imageOf(kubectl);
  const state = await kubectl.value('deployment/web', 'shop', rolledOut);
  if (now !== image || state !== '3/3 3') throw new Error(`kubectl sees image ${now}, replicas ${state}`);
  io.ok(`kubectl agrees: deployment shop/web runs ${now}, ${state.split(' ')[0]} ready`);
}

/** Rolls out an image that exits at once, and waits until the cluster shows it; returns the good image. */
async function breakDeployment(io: DemoIo, kubectl: Kubectl): Promise<string> {
  const image = await imageOf(kubectl);
  await kubectl.run('set', 'image', 'deployment/web', 'web=registry.example/shop/web:broken-2', '-n', 'shop');
  const reasons = () => kubectl.run('get', 'pods', '-n', 'shop', '-l', 'app=web', '-o', `jsonpath=${waitingReasons}`);
  await kubectl.until('CrashLoopBackOff of the new pod', reasons, (text) => text.includes('CrashLoopBackOff'));
  io.ok('fault     deployment shop/web rolled out image web:broken-2; its new pod is in CrashLoopBackOff');
  return image;
}

const waitingReasons = '{.items[*].status.containerStatuses[*].state.waiting.reason}';

function imageOf(kubectl: Kubectl): Promise<string> {
  return kubectl.value('deployment/web', 'shop', '{.spec.template.spec.containers[0].image}');
}

async function readAlert(examples: string): Promise<Alert> {
  const [result] = parseAlertmanagerWebhook(await readJson(examples, 'alerts', 'crash-looping.json'));
  if (result?.ok) return result.alert;
  throw new Error(result?.problem ?? 'the webhook has no alert');
}

async function readJson(...path: string[]): Promise<unknown> {
  return JSON.parse(await readFile(join(...path), 'utf8'));
}
