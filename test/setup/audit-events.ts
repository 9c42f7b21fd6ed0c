import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { testEnvironment } from './environment';

/** An event of the API server's audit log (audit.k8s.io/v1), as far as tests need it. */
export interface AuditEvent {
  auditID: string;
  stage: string;
  verb: string;
  requestURI: string;
  userAgent?: string;
  user: { username: string };
  objectRef?: {
    resource: string;
    subresource?: string;
    namespace?: string;
    name?: string;
    apiGroup?: string;
  };
  responseStatus?: { code?: number; reason?: string };
  /** Body of a write: the patch, the eviction, the new object. Never of a Secret. */
  requestObject?: Record<string, unknown>;
  responseObject?: Record<string, unknown>;
  requestReceivedTimestamp: string;
}

export interface AuditFilter {
  namespace?: string;
  resource?: string;
  /** `eviction`, `scale`, `status`; an empty string: the object itself. */
  subresource?: string;
  name?: string;
  verbs?: readonly string[];
  /** Only create, update, patch, delete and deletecollection. Default false. */
  writesOnly?: boolean;
  /** A part of the User-Agent: everything uses the same certificate here, so this is what tells writers apart. */
  userAgent?: string;
  /** Count requests with `dryRun=All`? Default true. */
  dryRuns?: boolean;
}

const WRITES: readonly string[] = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/**
 * What the API server saw, read from outside: finished requests in order. The server writes the log before it answers, so a
 * call that has returned is in it, or in one of those that it was rotated to.
 */
export async function auditEvents(filter: AuditFilter = {}): Promise<AuditEvent[]> {
  const telling = [filter.namespace, filter.name].flatMap((text) => (text ? [JSON.stringify(text)] : []));
  return (await readLogs())
    .flatMap((log) => log.split('\n'))
    .filter((line) => line !== '' && telling.every((text) => line.includes(text)))
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter((event) => event.stage === 'ResponseComplete' && matches(event, filter));
}

/** One text for each log: all of them together may be longer than a text can be (512 MiB). */
async function readLogs(): Promise<string[]> {
  const { auditLogPath } = testEnvironment();
  for (;;) {
    const before = await rotatedLogs(auditLogPath);
    const texts = await Promise.all([...before, auditLogPath].map((path) => readFile(path, 'utf8')));
    // Rotated while it was read: something may be missing.
    if ((await rotatedLogs(auditLogPath)).length !== before.length) continue;
    return texts.map((text) => text.slice(0, text.lastIndexOf('\n') + 1)); // a line that is being written is not there yet
  }
}

/** `audit-2026-11-24T15-51-21.995.log` beside `audit.log`, oldest first. */
async function rotatedLogs(path: string): Promise<string[]> {
  const names = await readdir(dirname(path));
  return names
    .filter((name) => name.startsWith('audit-') && name.endsWith('.log'))
    .sort()
    .map((name) => join(dirname(path), name));
}

function matches(event: AuditEvent, filter: AuditFilter): boolean {
  const { objectRef } = event;
  return (
    (filter.namespace === undefined || objectRef?.namespace === filter.namespace) &&
    (filter.resource === undefined || objectRef?.resource === filter.resource) &&
    (filter.subresource === undefined || (objectRef?.subresource ?? '') === filter.subresource) &&
    (filter.name === undefined || objectRef?.name === filter.name) &&
    (filter.verbs === undefined || filter.verbs.includes(event.verb)) &&
    (filter.writesOnly !== true || WRITES.includes(event.verb)) &&
    (filter.userAgent === undefined || (event.userAgent ?? '').includes(filter.userAgent)) &&
    (filter.dryRuns !== false || !event.requestURI.includes('dryRun=All'))
  );
}
