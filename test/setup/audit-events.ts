import { readFile } from 'node:fs/promises';
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
 * call that has returned is in it.
 */
export async function auditEvents(filter: AuditFilter = {}): Promise<AuditEvent[]> {
  const log = await readFile(testEnvironment().auditLogPath, 'utf8');
  return log
    .slice(0, log.lastIndexOf('\n') + 1) // a line that is being written is not there yet
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter((event) => event.stage === 'ResponseComplete' && matches(event, filter));
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
