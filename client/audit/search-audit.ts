import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { ClientError, ClientErrorKind } from '../errors';
import { listQuery, type RemediationInfo, toRemediationInfo } from '../visibility';
import type { AuditRecord } from '../../activities/audit/reader/audit-record';
import { readAudit } from '../../activities/audit/reader/read-audit';

export interface AuditFilter {
  /** `Deployment/shop/web`: of any step, not only of the first one, which is all that visibility knows. */
  target?: string | undefined;
  action?: string | undefined;
  /** Whoever asked for it or steered it, by the name given or by the identity of the client. */
  by?: string | undefined;
  outcome?: string | undefined;
  cluster?: string | undefined;
  /** Started at that time or later, or earlier. */
  since?: Date | undefined;
  until?: Date | undefined;
}

export interface SearchOptions {
  /** At most so many are found. */
  limit: number;
  /** At most so many histories are read; then the search stops and says where to go on. */
  maxHistories: number;
  /** `nextPage` of the search before, with the same filter. */
  page?: string | undefined;
  onProgress?: (histories: number, found: number) => void;
}

export interface AuditSearch {
  found: RemediationInfo[];
  /** Filters that visibility cannot answer: they were looked up in the histories. */
  byHistory: string[];
  /** Histories read. */
  histories: number;
  /** There may be more: go on here. */
  nextPage?: string;
}

interface Cursor {
  /** Runs that began later do not shift the pages. */
  until: string;
  skip: number;
}

/** So many histories are read at once. */
const PARALLEL = 8;

/** Remediations that match, running ones first, then newest first. */
export async function searchAudit(client: Client, filter: AuditFilter, options: SearchOptions): Promise<AuditSearch> {
  const cursor = cursorOf(options.page) ?? { until: (filter.until ?? new Date()).toISOString(), skip: 0 };
  const result: AuditSearch = { found: [], byHistory: byHistoryOf(filter), histories: 0 };
  let place = 0;
  let batch: RemediationInfo[] = [];
  /** true: nothing more is wanted. */
  const settle = async (): Promise<boolean> => {
    const needsReading = batch.map((info) => result.byHistory.length > 0 && !isKnownMatch(info, filter));
    const matches = await Promise.all(
      batch.map((info, index) => (needsReading[index] ? matchesHistory(client, info, filter) : Promise.resolve(true))),
    );
    for (const [index, info] of batch.entries()) {
      place++;
      if (needsReading[index]) result.histories++;
      if (matches[index]) result.found.push(info);
      if (result.found.length < options.limit && result.histories < options.maxHistories) continue;
      result.nextPage = pageOf({ ...cursor, skip: place });
      return true;
    }
    batch = [];
    options.onProgress?.(result.histories, result.found.length);
    return false;
  };
  for await (const info of client.workflow.list({ query: queryOf(filter, cursor.until), pageSize: 200 })) {
    if (info.status.name === 'CONTINUED_AS_NEW') continue;
    if (place < cursor.skip) {
      place++;
      continue;
    }
    batch.push(toRemediationInfo(info));
    if (batch.length === PARALLEL && (await settle())) return result;
  }
  await settle();
  return result;
}

/** Visibility has no attribute for people, and of a plan's targets only the first. */
function byHistoryOf({ by, target }: AuditFilter): string[] {
  return [...(by === undefined ? [] : ['by']), ...(target === undefined ? [] : ['target'])];
}

export function queryOf({ action, outcome, cluster, since }: AuditFilter, until: string): string {
  const clauses = [listQuery({ action, outcome, cluster } as Parameters<typeof listQuery>[0])];
  if (since !== undefined) clauses.push(`StartTime >= '${since.toISOString()}'`);
  clauses.push(`StartTime <= '${until}'`);
  return clauses.join(' AND ');
}

/** What visibility says is enough: no history has to be read. */
function isKnownMatch(info: RemediationInfo, { by, target }: AuditFilter): boolean {
  return by === undefined && info.target === target;
}

async function matchesHistory(client: Client, info: RemediationInfo, filter: AuditFilter): Promise<boolean> {
  try {
    return matchesRecords(await readAudit(client, info.id, info.runId), filter);
  } catch (error) {
    // Past retention since it was listed.
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Exported for whoever searches audits that come from elsewhere: an export. */
export function matchesRecords(records: readonly AuditRecord[], { by, target }: AuditFilter): boolean {
  const hasPerson = by === undefined || records.some((record) => isPersons(record) && isBy(record, by));
  const hasTarget =
    target === undefined ||
    records.some((record) =>
      [record.target, ...(record.steps ?? []).map((step) => step.target)].some(isTarget(target)),
    );
  return hasPerson && hasTarget;
}

/** Activities are done by workers, whose identity is no person's. */
function isPersons({ kind }: AuditRecord): boolean {
  return kind === 'started' || kind === 'steering' || kind === 'cancel_requested' || kind === 'ended';
}

function isBy({ by, identity }: AuditRecord, wanted: string): boolean {
  return by === wanted || identity === wanted || identity?.startsWith(`${wanted}@`) === true;
}

/** Records name the cluster in front: `prod: Deployment/shop/web`. */
function isTarget(wanted: string): (target: string | undefined) => boolean {
  return (target) => target === wanted || target?.endsWith(`: ${wanted}`) === true;
}

function pageOf(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

function cursorOf(page: string | undefined): Cursor | undefined {
  if (page === undefined) return undefined;
  try {
    const { until, skip } = JSON.parse(Buffer.from(page, 'base64url').toString('utf8')) as Partial<Cursor>;
    if (typeof skip === 'number' && skip >= 0 && typeof until === 'string') {
      return { until: new Date(until).toISOString(), skip };
    }
  } catch {
    // Said below.
  }
  throw new ClientError(ClientErrorKind.invalid, `${page} is no page of a search.`, {
    remedy: 'Take it from the search before, with the same filters.',
  });
}
