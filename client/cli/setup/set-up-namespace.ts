import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { KubernautError } from '../../../plan/errors';
import { missingSearchAttributes, registerSearchAttributes } from '../../../activities/search-attributes';
import { type CheckResult, failed, messageOf, ok, skipped } from '../doctor/check';
import { retentionText } from './retention';

/** Of a namespace that is created without saying how long. */
export const DEFAULT_RETENTION_DAYS = 30;
const DAY_S = 86_400;
const CALL_TIMEOUT_MS = 10_000;
/** The parts of a server learn of a new namespace one after the other, each with its next refresh (10 s by default). */
const LEARN_TIMEOUT_MS = 60_000;
const POLL_MS = 200;

export interface SetUpOptions {
  namespace: string;
  /** Default: that of the namespace as it is; 30 days for a new one. */
  retentionDays?: number;
  /** Only look: what is not as it should be is `failed`, and nothing is changed. */
  check: boolean;
}

/** One line of `kubernaut setup`. */
export interface SetUpResult extends CheckResult {
  /** Whether this run has changed it. */
  changed: boolean;
}

/**
 * Makes of a namespace what Kubernaut needs: it exists, keeps ended runs for so long, and knows the search attributes. What is so
 * already is left alone, so it can be run again at any time. `ok` is said of what was read back from the server, not of what was
 * asked for. Never throws for what the server says.
 */
export async function setUpNamespace(connection: Connection, options: SetUpOptions): Promise<SetUpResult[]> {
  const space = await attempt(`namespace ${options.namespace}`, () => ensureNamespace(connection, options));
  if (space.state !== 'ok' && !(await isThere(connection, options.namespace))) {
    return [space, unchanged(skipped('search attributes', 'needs the namespace'))];
  }
  return [space, await attempt('search attributes', () => ensureSearchAttributes(connection, options))];
}

async function isThere(connection: Connection, namespace: string): Promise<boolean> {
  try {
    return (await retentionOf(connection, namespace)) !== undefined;
  } catch {
    // The line of the namespace says why.
    return false;
  }
}

async function ensureNamespace(connection: Connection, options: SetUpOptions): Promise<SetUpResult> {
  const { namespace, retentionDays, check: onlyLook } = options;
  const check = `namespace ${namespace}`;
  const before = await retentionOf(connection, namespace);
  const wanted = retentionDays === undefined ? (before ?? DEFAULT_RETENTION_DAYS * DAY_S) : retentionDays * DAY_S;
  const kept = `ended remediations are kept ${retentionText(wanted)}`;
  if (before === wanted) return unchanged(ok(check, `is there; ${kept}`));
  if (onlyLook) {
    const reason =
      before === undefined
        ? `does not exist; it would be created: ${kept}`
        : `keeps ended remediations ${retentionText(before)}; it would be changed to ${retentionText(wanted)}`;
    return unchanged(failed(check, reason, 'Run `kubernaut setup` without --check.'));
  }
  const duration = msToTs(wanted * 1000);
  let byUs = true;
  if (before === undefined) byUs = await register(connection, namespace, duration);
  else {
    await within(connection, () =>
      connection.workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl: duration } }),
    );
  }
  const after = await retentionOf(connection, namespace);
  if (after !== wanted) {
    const is = after === undefined ? 'does not exist' : `keeps ended remediations ${retentionText(after)}`;
    return unchanged(failed(check, `still ${is}, though the server has agreed`, 'Run it again.'));
  }
  const created = byUs ? 'created' : 'created by somebody else just now';
  const was = before === undefined ? created : `changed, it was ${retentionText(before)}`;
  return { ...ok(check, `${was}; ${kept}`), changed: byUs };
}

/** False: somebody else was faster. */
async function register(
  connection: Connection,
  namespace: string,
  retention: ReturnType<typeof msToTs>,
): Promise<boolean> {
  try {
    await within(connection, () =>
      connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention }),
    );
    return true;
  } catch (error) {
    if (codeOf(error) !== grpc.alreadyExists) throw error;
    return false;
  }
}

/** In seconds; `undefined`: there is no such namespace. */
async function retentionOf(connection: Connection, namespace: string): Promise<number | undefined> {
  try {
    const { config } = await within(connection, () => connection.workflowService.describeNamespace({ namespace }));
    return Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  } catch (error) {
    if (codeOf(error) === grpc.notFound) return undefined;
    throw error;
  }
}

async function ensureSearchAttributes(connection: Connection, options: SetUpOptions): Promise<SetUpResult> {
  const { namespace, check: onlyLook } = options;
  const check = 'search attributes';
  const missing = await once(() => missingSearchAttributes(connection, namespace));
  if (missing.length === 0) return unchanged(ok(check, 'all are registered'));
  if (onlyLook) {
    const remedy = 'Run `kubernaut setup` without --check.';
    return unchanged(failed(check, `not registered: ${missing.join(', ')}`, remedy));
  }
  let refusal: unknown;
  const added = await within(connection, () => registerSearchAttributes(connection, namespace)).catch(
    (error: unknown): string[] => {
      // Whoever is not allowed to is told so at once; anything else may be somebody who registers them at this moment.
      if (error instanceof KubernautError || remedies[codeOf(error) ?? -1] !== undefined) throw error;
      refusal = error;
      return [];
    },
  );
  const deadline = Date.now() + LEARN_TIMEOUT_MS;
  for (;;) {
    const still = await once(() => missingSearchAttributes(connection, namespace));
    if (still.length === 0) break;
    if (Date.now() > deadline) throw refusal ?? new Error(`still not registered: ${still.join(', ')}`);
    await sleep(POLL_MS);
  }
  return { ...ok(check, `registered ${added.join(', ') || 'by somebody else just now'}`), changed: added.length > 0 };

  /** As soon as this part of the server has heard of the namespace. */
  async function once<T>(work: () => Promise<T>): Promise<T> {
    const until = Date.now() + LEARN_TIMEOUT_MS;
    for (;;) {
      try {
        return await within(connection, work);
      } catch (error) {
        if (codeOf(error) !== grpc.notFound || Date.now() > until) throw error;
        await sleep(POLL_MS);
      }
    }
  }
}

const grpc = { notFound: 5, alreadyExists: 6, permissionDenied: 7, unimplemented: 12, unauthenticated: 16 } as const;

function codeOf(error: unknown): number | undefined {
  return (error as { code?: number }).code;
}

function within<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  return connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, work);
}

function unchanged(result: CheckResult): SetUpResult {
  return { ...result, changed: false };
}

async function attempt(check: string, work: () => Promise<SetUpResult>): Promise<SetUpResult> {
  try {
    return await work();
  } catch (error) {
    const remedy = error instanceof KubernautError ? error.remedy : remedies[codeOf(error) ?? -1];
    return unchanged(failed(check, messageOf(error), remedy));
  }
}

const notAllowed = 'Run it as somebody who may administer Temporal, or have such a person do it.';
const remedies: Readonly<Record<number, string>> = {
  [grpc.permissionDenied]: notAllowed,
  [grpc.unauthenticated]: notAllowed,
  [grpc.unimplemented]: 'This server is administered elsewhere (Temporal Cloud: in its console, or with tcld).',
};
