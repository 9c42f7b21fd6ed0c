import { resolve } from 'node:path';
import type { VerifyingKey } from '../../activities/audit/chain';
import { auditKeys } from '../../activities/audit/export-activities';
import { HttpStore } from '../../activities/audit/stores/http-store';
import { openStore } from '../../activities/audit/stores/open-store';
import { storedSegments } from '../../activities/audit/stores/stored-segments';
import type { SegmentLines } from '../../activities/audit/verify-chain';
import { environmentSecrets } from '../../activities/secrets';
import { AuditQuery, auditWorkflowId, type ExportStatus } from '../../plan/audit/export';
import { readVerifyingKey } from '../audit/export/keys';
import { segmentsAt } from '../audit/export/segment-files';
import { CliError } from './cli-error';
import type { CliIo } from './cli-io';
import { ExitCode } from './exit-codes';
import type { GlobalOptions } from './global-options';
import { findPlace, withSession } from './session';

export interface PlaceToVerify {
  /** For people. */
  name: string;
  segments: AsyncIterable<SegmentLines> | Iterable<SegmentLines>;
  keys: VerifyingKey[];
  /** Must be in the chain. */
  head: string | undefined;
}

interface Wanted {
  place: string | undefined;
  key: readonly string[];
  head?: string;
  sink?: string;
}

/** Where the segments are, and by what they are checked: of what was named, or of a sink of the settings. */
export async function placeToVerify(io: CliIo, options: GlobalOptions, wanted: Wanted): Promise<PlaceToVerify> {
  const { place, key, head, sink } = wanted;
  if (sink !== undefined) {
    if (place !== undefined) throw usage('Name a place or --sink, not both.');
    return ofSink(io, options, sink, wanted);
  }
  if (place === undefined) throw usage('Name a file, a folder or a URL, or a sink with --sink.');
  if (key.length === 0) throw usage('Name the public key with --key FILE.');
  const keys = await Promise.all(key.map((file) => readVerifyingKey(resolve(io.cwd, file))));
  if (!/^https?:\/\//.test(place)) return { name: place, segments: segmentsAt(resolve(io.cwd, place)), keys, head };
  const store = new HttpStore({ url: place }, environmentSecrets(io.env));
  return { name: place, segments: storedSegments(store), keys, head };
}

async function ofSink(io: CliIo, options: GlobalOptions, name: string, { key, head }: Wanted): Promise<PlaceToVerify> {
  const { settings } = findPlace(options, io);
  const sink = settings.audit.sinks.find((each) => each.name === name);
  if (sink === undefined) {
    const known = settings.audit.sinks.map((each) => each.name).join(', ') || 'none';
    throw usage(`The settings have no audit sink ${name} (they have: ${known}).`);
  }
  const secrets = environmentSecrets(io.env);
  const own = await auditKeys(settings.audit, secrets);
  const more = await Promise.all(key.map((file) => readVerifyingKey(resolve(io.cwd, file))));
  const store = openStore(sink, secrets);
  const known = head ?? (await withSession(options, io, ({ client }) => headOf(client, name)));
  return {
    name: store.place,
    segments: storedSegments(store),
    keys: [own.key, ...own.formerKeys, ...more],
    head: known,
  };
}

type Queries = { workflow: { getHandle(id: string): { query(name: string): Promise<unknown> } } };

/** The end that the exporter has on record: whatever was cut off behind shows by it. */
async function headOf(client: Queries, sink: string): Promise<string | undefined> {
  const status = (await client.workflow.getHandle(auditWorkflowId(sink)).query(AuditQuery.status)) as ExportStatus;
  return status.chain?.head;
}

function usage(message: string): CliError {
  return new CliError(ExitCode.usage, message);
}
