import { createHash } from 'node:crypto';
import { KubernautError } from '../../../../plan/errors';
import type { Json, JsonObject } from '../../../../plan/json';
import { placeholderOf, type ExecCommand } from '../../../../config/sections/kubernetes/exec-commands';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { argumentTexts } from '../jobs/job-arguments';

/** @throws {KubernautError} `PRECONDITION_FAILED` naming those that there are */
export function findCommand(ctx: ActionContext, id: string): ExecCommand {
  const { execCommands } = ctx.settings.kubernetes;
  const command = Object.hasOwn(execCommands, id) ? execCommands[id] : undefined;
  if (command) return command;
  const known = Object.keys(execCommands).join(', ') || 'none';
  throw new KubernautError('PRECONDITION_FAILED', `the settings have no command ${id} (there are: ${known})`, {
    remedy: 'Add it under actions.kubernetes.execCommands of kubernaut.yaml.',
  });
}

/** The items with the arguments in place, or all that is wrong with them. An argument is one item, whatever is in it. */
export function fillItems(
  { args, command }: Pick<ExecCommand, 'args' | 'command'>,
  given: Readonly<Record<string, Json>>,
): { items: string[]; problems: string[] } {
  const { texts, problems } = argumentTexts(args, given);
  return { items: command.map((item) => texts.get(placeholderOf(item) ?? '') ?? item), problems };
}

/** What is run is what was approved, also after a change of the settings. */
export function digestOf(command: ExecCommand, items: readonly string[], container: string): string {
  const { timeoutSeconds, allowedExitCodes, idempotent } = command;
  const facts = JSON.stringify([items, container, timeoutSeconds, allowedExitCodes, idempotent]);
  return createHash('sha256').update(facts).digest('hex');
}

/** Pure: where in the pod it would run, or all that stands against it. */
export function placeIn(pod: KubeObject, command: ExecCommand): { container: string; problems: string[] } {
  const problems: string[] = [];
  const { namespace = '', labels = {}, deletionTimestamp } = pod.metadata;
  if (command.namespaces && !command.namespaces.includes(namespace))
    problems.push(`the command is for ${command.namespaces.join(', ')} only`);
  const missing = Object.entries(command.selector ?? {}).filter(([label, value]) => labels[label] !== value);
  if (missing.length > 0)
    problems.push(`the command is for pods with ${missing.map(([label, value]) => `${label}=${value}`).join(', ')}`);
  if (deletionTimestamp !== undefined) problems.push('it is being deleted');
  const names = ((pod.spec?.containers ?? []) as JsonObject[]).map(({ name }) => String(name));
  const container = command.container ?? (names.length === 1 ? names[0] : undefined);
  if (container === undefined) {
    problems.push(`it has ${names.length} containers, and the command names none (${names.join(', ')})`);
  } else if (!names.includes(container)) {
    problems.push(`it has no container ${container}; there are: ${names.join(', ')}`);
  } else if (!isRunning(pod, container)) {
    problems.push(`its container ${container} is not running`);
  }
  return { container: container ?? '', problems };
}

function isRunning(pod: KubeObject, container: string): boolean {
  const statuses = (pod.status?.containerStatuses ?? []) as JsonObject[];
  const state = statuses.find(({ name }) => name === container)?.state as JsonObject | undefined;
  return state?.running !== undefined;
}
