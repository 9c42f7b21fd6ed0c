import { Context } from '@temporalio/activity';
import { type Client } from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import type { AuditSettings, AuditSinkSettings } from '../../config/sections/audit';
import {
  AuditActivity,
  AuditSignal,
  auditWorkflowId,
  type EndedRun,
  type ExportRequest,
  type ExportResult,
  type SweepResult,
} from '../../plan/audit/export';
import { KubernautError } from '../../plan/errors';
import { WorkflowType } from '../../plan/steering';
import { MAIN_TASK_QUEUE } from '../../plan/task-queues';
import type { Activities } from '../activity-runtime';
import type { Clock } from '../contract';
import { toFailure } from '../failure';
import { environmentSecrets, type Secrets } from '../secrets';
import type { SigningKey, VerifyingKey } from './chain';
import { exportSegment } from './export-segment';
import { signingKeyOf, verifyingKeyOf } from './keys';
import { readAudit } from './reader/read-audit';
import { openStore } from './stores/open-store';
import { sweep } from './sweep';

export interface AuditActivitiesOptions {
  settings: AuditSettings;
  clock: Clock;
  secrets?: Secrets;
}

/** The export of audits to the sinks of the settings; none when there is no sink. */
export function createAuditActivities({
  settings,
  clock,
  secrets = environmentSecrets(),
}: AuditActivitiesOptions): Activities {
  if (settings.sinks.length === 0) return {};
  const client = (): Client => Context.current().client;
  return {
    [AuditActivity.announce]: (run: Omit<EndedRun, 'at'>) =>
      audited(AuditActivity.announce, async () => {
        const ended: EndedRun = { ...run, at: new Date(clock.now()).toISOString() };
        await Promise.all(settings.sinks.map(({ name }) => startExporter(client(), name, ended)));
      }),
    [AuditActivity.export]: (request: ExportRequest) =>
      audited(AuditActivity.export, async (): Promise<ExportResult> => {
        const store = openStore(sinkOf(settings, request.sink), secrets);
        return exportSegment({
          ...{
            store,
            ...(await auditKeys(settings, secrets)),
            source: `Temporal namespace ${client().options.namespace}`,
          },
          ...{ createdAt: request.at, after: request.after, runs: request.runs },
          read: (run) => {
            Context.current().heartbeat();
            return recordsOf(client(), run, clock);
          },
        });
      }),
    [AuditActivity.sweep]: ({ since }: { since?: string }) =>
      audited(AuditActivity.sweep, async (): Promise<SweepResult> => {
        const heartbeat = () => Context.current().heartbeat();
        const found = await sweep(client(), { since, now: clock.now(), heartbeat });
        return { ...found, everyMs: settings.sweepMinutes * 60_000 };
      }),
  };
}

/** Starts the exporter of a sink unless it is there, and tells it of a run. */
export async function startExporter(client: Client, sink: string, ended?: EndedRun): Promise<void> {
  const options = {
    ...{ workflowId: auditWorkflowId(sink), taskQueue: MAIN_TASK_QUEUE, args: [{ sink }] },
    staticSummary: `audit export to ${sink}`,
  };
  if (ended === undefined) {
    await client.workflow.start(WorkflowType.audit, { ...options, workflowIdConflictPolicy: 'USE_EXISTING' });
    return;
  }
  await client.workflow.signalWithStart(WorkflowType.audit, {
    ...options,
    signal: AuditSignal.ended,
    signalArgs: [ended],
  });
}

/**
 * @throws KubernautError `PRECONDITION_FAILED` when a key is missing or none; what is in it is never shown
 */
export async function auditKeys(
  { key, formerKeys }: AuditSettings,
  secrets: Secrets,
): Promise<{ key: SigningKey; formerKeys: VerifyingKey[] }> {
  if (key === undefined) throw new KubernautError('PRECONDITION_FAILED', 'audit.key is not set');
  return {
    key: await signingKeyOf(await secrets.read(key)).catch(notAKey('audit.key', 'private')),
    formerKeys: await Promise.all(
      formerKeys.map(async (ref, index) =>
        verifyingKeyOf(await secrets.read(ref)).catch(notAKey(`audit.formerKeys[${index}]`, 'public')),
      ),
    ),
  };
}

function notAKey(what: string, half: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof KubernautError) throw error;
    throw new KubernautError('PRECONDITION_FAILED', `${what} is no Ed25519 ${half} key in PEM form`, {
      remedy: '`openssl genpkey -algorithm ed25519 -out audit.pem` makes one.',
    });
  };
}

function sinkOf({ sinks }: AuditSettings, name: string): AuditSinkSettings {
  const sink = sinks.find((each) => each.name === name);
  if (sink !== undefined) return sink;
  const known = sinks.map((each) => each.name).join(', ');
  throw new KubernautError('PRECONDITION_FAILED', `this worker has no audit sink ${name} (it has: ${known})`, {
    remedy: 'Give all workers of `kubernaut` the same settings, or terminate the workflow of a sink that is no more.',
  });
}

/** A run announces its end a moment before: it is waited for a little. */
async function recordsOf(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId: string },
  clock: Clock,
): Promise<readonly object[] | 'gone' | 'open'> {
  try {
    for (let look = 1; ; look++) {
      const { status } = await client.workflow.getHandle(workflowId, runId).describe();
      if (status.name !== 'RUNNING') return await readAudit(client, workflowId, runId);
      if (look === 3) return 'open';
      await clock.sleep(300, Context.current().cancellationSignal);
    }
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'gone';
    throw error;
  }
}

async function audited<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // All are tried again: a sink that refuses today may be set right tomorrow, and nothing may be lost meanwhile.
    const failure = toFailure(error, what);
    if (!(failure instanceof ApplicationFailure)) throw failure;
    throw ApplicationFailure.create({ message: failure.message, type: failure.type ?? 'INTERNAL' });
  }
}
