import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { Logger as PinoLogger } from 'pino';
import { startExporter } from '../activities/audit/export-activities';
import { registerSearchAttributes } from '../activities/search-attributes';
import type { AuditSettings } from '../config/sections/audit';
import { KubernautError } from '../plan/errors';
import type { WorkflowSource } from './create-workers';

/** So that a sink has its exporter before the first remediation ends; each that ends starts it, too. */
export async function startExporters(client: Client, { sinks }: AuditSettings, logger: PinoLogger): Promise<void> {
  for (const { name } of sinks) {
    await startExporter(client, name).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn(
        { sink: name, reason },
        'the exporter of the audit sink cannot be started; the next remediation tries again',
      );
    });
  }
}

/**
 * Encrypted failures need a converter inside the workflows, which the SDK puts in when it bundles them itself: with the bundle of
 * the build, the texts of failed workflows would stay readable.
 */
/** The bundle of the build; from a source tree, the sources. */
export function ownWorkflows(encrypted: boolean): WorkflowSource {
  const bundlePath = join(__dirname, '..', 'workflow-bundle.js');
  const workflowsPath = join(__dirname, '..', 'workflows', `index${extname(__filename)}`);
  return existsSync(bundlePath) && !encrypted ? { bundlePath } : { workflowsPath };
}

/** Missing rights to register them are no reason not to work: `kubernaut doctor` shows which are missing. */
export async function announceSearchAttributes(
  connection: NativeConnection,
  namespace: string,
  logger: PinoLogger,
): Promise<void> {
  try {
    const added = await registerSearchAttributes(connection, namespace);
    if (added.length > 0) logger.info({ added }, 'search attributes registered');
  } catch (error) {
    if (error instanceof KubernautError) throw error;
    logger.warn(
      { reason: error instanceof Error ? error.message : String(error) },
      'search attributes cannot be registered',
    );
  }
}
