import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import axios from 'axios';
import { IncidentOutcome, IncidentPhase, type IncidentStatus } from '../../plan/incident';
import type { Stack } from '../stack/stack';
import type { DemoIo } from './demo-io';
import type { DemoHolmesGpt } from './holmesgpt';
import type { DemoRun } from './demo-run';
import type { Kubectl } from './kubectl';

const ALERT = 'KubePodCrashLooping';
const INCIDENT = 'incident/dev/shop/Deployment/web';
const rolledOut = '{.status.readyReplicas}/{.spec.replicas} {.status.updatedReplicas}';

export interface IncidentScene {
  io: DemoIo;
  run: DemoRun;
  kubectl: Kubectl;
  stack: Stack;
  examples: string;
  holmesgpt: DemoHolmesGpt;
}

/** A bad rollout, the alert about it, what HolmesGPT says, the plan that takes it back, and the alert's end. */
export async function incidentScenario(scene: IncidentScene): Promise<void> {
  const { io, run, kubectl, stack } = scene;
  io.title('1. A bad rollout, from the alert to the closed incident');
  const image = await breakDeployment(io, kubectl);
  await watchForIt(scene);
  const remediation = await investigated(scene);

  const digest = await run.untilAsked(remediation);
  io.say('\nPreview: what would happen, dry-run on the API server; nothing has been changed yet');
  await run.showPreview(remediation);
  const approval = { by: 'demo', digest, reason: 'the diff is the old image' };
  io.say('\nApproved by signal, the same as');
  io.block(`temporal workflow signal -w ${remediation} --name approve --input '${JSON.stringify(approval)}'`);
  await run.client.workflow.getHandle(remediation).signal('approve', approval);
  const result = await run.follow(remediation);
  await run.showResult(remediation, result);
  if (result.outcome !== 'succeeded')
    throw new Error(`expected the outcome succeeded, got ${result.outcome}: ${result.reason}`);

  await closed(io, run);
  const now = await imageOf(kubectl);
  const state = await kubectl.value('deployment/web', 'shop', rolledOut);
  if (now !== image || state !== '3/3 3') throw new Error(`kubectl sees image ${now}, replicas ${state}`);
  io.ok(`kubectl agrees: deployment shop/web runs ${now}, ${state.split(' ')[0]} ready`);
  const firing = await firingAlerts(stack);
  if (firing.includes(ALERT)) throw new Error(`Alertmanager still has ${firing.join(', ')}`);
  io.ok(`Alertmanager agrees: ${ALERT} fires no more`);
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

/** Prometheus gets its rule only now that it has something to say. */
async function watchForIt({ io, kubectl, stack, examples }: IncidentScene): Promise<void> {
  const { ruleFolder, prometheusUrl } = stack.monitoring!;
  await copyFile(join(examples, 'demo', 'rules.yaml'), join(ruleFolder, 'demo.yaml'));
  await axios.post(`${prometheusUrl}/-/reload`, undefined, { proxy: false });
  const firing = async () => (await firingAlerts(stack)).join(' ');
  await kubectl.until(`the alert ${ALERT}`, firing, (names) => names.includes(ALERT));
  io.ok(`alert     ${ALERT} fires in Prometheus (examples/demo/rules.yaml); Alertmanager tells the bridge`);
}

/** Waits for the remediation that the incident starts; its id. */
async function investigated({ io, run, holmesgpt }: IncidentScene): Promise<string> {
  await run.untilIncident(INCIDENT, () => true);
  io.say(`workflow  ${INCIDENT}`);
  io.say(`Web UI    ${run.link(INCIDENT)}`);
  const answered = ({ remediation, outcome }: IncidentStatus) => remediation !== undefined || outcome !== undefined;
  const status = await run.untilIncident(INCIDENT, answered, holmesgpt.seconds);
  if (status.rootCause) io.ok(`HolmesGPT ${status.rootCause} (${holmesgpt.label})`);
  for (const why of status.why) io.block(why);
  if (status.remediation === undefined) {
    throw new Error(`the incident ended as ${status.outcome} without a remediation: ${status.reason}`);
  }
  io.say(`\nworkflow  ${status.remediation}`);
  io.say(`Web UI    ${run.link(status.remediation)}`);
  return status.remediation;
}

async function closed(io: DemoIo, run: DemoRun): Promise<void> {
  io.say('\nThe incident waits until the alert has resolved and the Deployment stays healthy:');
  const { outcome, reason, attempts } = await run.untilIncident(INCIDENT, ({ phase, outcome: known }) => {
    return known !== undefined && (known !== IncidentOutcome.resolved || phase === IncidentPhase.ended);
  });
  for (const { measured, effectiveness } of attempts) {
    for (const line of measured) io.block(line);
    if (effectiveness) io.block(`effectiveness ${effectiveness.score}`);
  }
  if (outcome !== IncidentOutcome.resolved) throw new Error(`the incident ended as ${outcome}: ${reason}`);
  io.ok(`incident  ${outcome}: ${reason}`);
}

const waitingReasons = '{.items[*].status.containerStatuses[*].state.waiting.reason}';

function imageOf(kubectl: Kubectl): Promise<string> {
  return kubectl.value('deployment/web', 'shop', '{.spec.template.spec.containers[0].image}');
}

/** Names of the alerts that Alertmanager has. */
async function firingAlerts({ monitoring }: Stack): Promise<string[]> {
  const url = `${monitoring!.alertmanagerUrl}/api/v2/alerts`;
  const { data } = await axios.get<{ labels: { alertname: string } }[]>(url, { proxy: false });
  return data.map(({ labels }) => labels.alertname);
}
