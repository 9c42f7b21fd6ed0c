import { Client } from '@temporalio/client';
import { auditKeys } from '../../../activities/audit/export-activities';
import { exportStatus, judgeExport } from '../../../activities/audit/export-status';
import { openStore } from '../../../activities/audit/stores/open-store';
import { segmentFileName } from '../../../activities/audit/stores/segment-store';
import { encryptedConverter } from '../../../activities/encryption/data-converter';
import { environmentSecrets, type Secrets } from '../../../activities/secrets';
import type { AuditSettings } from '../../../config/sections/audit';
import { KubernautError } from '../../../plan/errors';
import { connect } from '../connect';
import type { Place } from '../session';
import { type CheckResult, failed, messageOf, ok, warning } from './check';

const callTimeoutMs = 5_000;

/**
 * Whether the keys of audits can be read, each sink answers, and its exporter goes on. Secrets are read from where doctor runs,
 * which may not be where the worker does; so is the folder of a file sink.
 */
export async function checkAuditSinks(
  { settings: { audit, temporal }, target }: Place,
  secrets: Secrets = environmentSecrets(),
): Promise<CheckResult[]> {
  if (audit.sinks.length === 0) return [ok('audit', 'no sink: histories are kept as long as the namespace keeps them')];
  const [keys, ...stores] = await Promise.all([checkKeys(audit, secrets), ...audit.sinks.map(checkStore)]);
  return [keys, ...stores, ...(await checkExporters())];

  async function checkStore(sink: AuditSettings['sinks'][number]): Promise<CheckResult> {
    const check = `audit sink ${sink.name}`;
    try {
      const store = openStore(sink, secrets);
      const first = await store.get(segmentFileName(1));
      return ok(check, `${store.place} answers${first === undefined ? ', nothing is exported yet' : ''}`);
    } catch (error) {
      return failed(check, messageOf(error), error instanceof KubernautError ? error.remedy : undefined);
    }
  }

  async function checkExporters(): Promise<CheckResult[]> {
    const check = (name: string) => `audit export to ${name}`;
    const remedy = 'A worker that polls `kubernaut` starts it, with these settings.';
    const connection = await connect(target).catch((error: unknown) => messageOf(error));
    if (typeof connection === 'string') return audit.sinks.map(({ name }) => failed(check(name), connection));
    try {
      const dataConverter = await encryptedConverter(temporal.encryption, secrets);
      const client = new Client({ connection, namespace: target.namespace, dataConverter });
      return await Promise.all(
        audit.sinks.map(async ({ name }) => {
          try {
            return ok(check(name), judgeExport(await exportStatus(client, name, callTimeoutMs), Date.now()));
          } catch (error) {
            return warning(check(name), messageOf(error), remedy);
          }
        }),
      );
    } finally {
      await connection.close();
    }
  }
}

async function checkKeys(audit: AuditSettings, secrets: Secrets): Promise<CheckResult> {
  try {
    const { key, formerKeys } = await auditKeys(audit, secrets);
    return ok('audit keys', `signs as ${key.id}${formerKeys.length > 0 ? `, ${formerKeys.length} former` : ''}`);
  } catch (error) {
    return failed('audit keys', messageOf(error), error instanceof KubernautError ? error.remedy : undefined);
  }
}
