import { callerOf } from '../../../activities/cluster/user-agent';
import { Phase } from '../../../plan/step-io';
import { AuditKind, type AuditRecord, AuditStatus } from '../../../activities/audit/reader/audit-record';
import type { ApiCall } from './api-call';
import { nearestTo, type NearestRun } from './nearest-run';

/** A workflow's audit, in which its operations are looked for. */
export interface RunRecords {
  workflowId: string;
  records: readonly AuditRecord[];
}

export interface ReconcileOptions {
  /**
   * Who Kubernaut is for the API server: its ServiceAccounts; whatever is done as them must be explained. One that is forgotten
   * here shows by its effects, which are not found. Empty: whoever calls itself Kubernaut in the User-Agent.
   */
  users: readonly string[];
  /** Callers that are not workers and may write: of `connectCluster({ caller })`. They are counted, not explained. */
  callers?: readonly string[];
  /** Whether an action changes something through the API server. `undefined`: not known, so its claims are not looked for. */
  writes: (action: string) => boolean | undefined;
  /** Milliseconds: what the log covers. Claims from before and after are not looked for in it. */
  period: { from: number; until: number };
  /** Names of the cluster whose log it is. Empty: whatever cluster the records name. */
  clusters?: readonly string[];
  /** How far the clocks of API server and Temporal may be apart, milliseconds. Default 5,000. */
  skewMs?: number;
}

export interface UnexplainedCall {
  call: ApiCall;
  why: string;
  nearest?: NearestRun;
}

/** Something that a history says was changed, and of which the API server knows nothing. */
export interface UnfoundEffect {
  workflowId: string;
  record: AuditRecord;
  why: string;
}

export interface ReconcileReport {
  /** Nothing is unexplained, and nothing unfound. */
  whole: boolean;
  /** Mutating requests of ours in the log, refused ones included. */
  requests: number;
  explained: number;
  /** By caller: those of {@link ReconcileOptions.callers}. */
  others: Record<string, number>;
  unexplained: UnexplainedCall[];
  /** Effects that the histories claim. */
  claims: number;
  found: number;
  unfound: UnfoundEffect[];
  /** By action: claims of actions that are not known here. */
  notChecked: Record<string, number>;
}

/** Only these may change anything: whatever a validation or a verification writes is not explained by it. */
const acting: readonly (string | undefined)[] = [Phase.execute, Phase.rollback];

/**
 * Holds the API server's audit log against the histories, both ways: every mutating request must have been made within an
 * execute or a rollback that Temporal has on record, and every effect that a history claims must have been seen by the
 * server. Neither side knows of the other, and neither is written by Kubernaut.
 */
export function reconcile(
  calls: readonly ApiCall[],
  runs: readonly RunRecords[],
  options: ReconcileOptions,
): ReconcileReport {
  const book = new Map<string, { run: RunRecords; record: AuditRecord }[]>();
  for (const run of runs) {
    for (const record of run.records) {
      if (record.kind !== AuditKind.activity || record.operation === undefined) continue;
      const known = book.get(record.operation);
      if (known) known.push({ run, record });
      else book.set(record.operation, [{ run, record }]);
    }
  }
  const report: ReconcileReport = {
    ...{ whole: false, requests: 0, explained: 0, others: {}, unexplained: [] },
    ...{ claims: 0, found: 0, unfound: [], notChecked: {} },
  };
  const stored = new Map<string, ApiCall[]>();
  for (const call of calls) {
    const caller = callerOf(call.userAgent);
    const isOurs = options.users.length > 0 ? options.users.includes(call.user) : caller !== undefined;
    if (!isOurs) continue;
    if (caller?.kind === 'other' && options.callers?.includes(caller.caller)) {
      report.others[caller.caller] = (report.others[caller.caller] ?? 0) + 1;
      continue;
    }
    report.requests++;
    const why = whyUnexplained();
    if (why === undefined) report.explained++;
    else report.unexplained.push({ call, why, ...nearestTo(call, runs) });

    function whyUnexplained(): string | undefined {
      if (caller === undefined) return `made with Kubernaut’s account, but by ${call.userAgent || 'who knows what'}`;
      if (caller.kind === 'other') return `its caller is ${caller.caller}, not an operation`;
      if (caller.kind === 'unnamed') return 'it names no operation';
      const { id, phase } = caller.operation;
      if (!acting.includes(phase)) return `${phase} of ${id} must not change anything`;
      const key = `${phase} ${id}`;
      const known = (book.get(id) ?? []).filter(({ record }) => record.phase === phase);
      if (known.length === 0) return `no history tells of ${key}`;
      if (!known.some(({ record }) => isWithin(call.at, record, options.skewMs))) {
        return `${key} was not under way then`;
      }
      if (call.code < 300) stored.set(key, [...(stored.get(key) ?? []), call]);
      return undefined;
    }
  }
  for (const run of runs) for (const record of run.records) checkClaim(run, record);
  report.whole = report.unexplained.length === 0 && report.unfound.length === 0;
  return report;

  function checkClaim(run: RunRecords, record: AuditRecord): void {
    if (!isClaim(record, options)) return;
    const [action = ''] = record.what.split('.');
    const writes = options.writes(action);
    if (writes === false) return;
    if (writes === undefined) {
      report.notChecked[action] = (report.notChecked[action] ?? 0) + 1;
      return;
    }
    report.claims++;
    const seen = (stored.get(`${record.phase} ${record.operation}`) ?? []).filter(({ at }) =>
      isWithin(at, record, options.skewMs),
    );
    const why = whyUnfound(record, seen);
    if (why === undefined) report.found++;
    else report.unfound.push({ workflowId: run.workflowId, record, why });
  }
}

/** A phase that ended well and says that it changed something, wholly in the time that the log covers. */
function isClaim(record: AuditRecord, { period, clusters = [] }: ReconcileOptions): boolean {
  const { kind, status, changed, phase, at, endedAt, target } = record;
  if (kind !== AuditKind.activity || status !== AuditStatus.done || changed !== true) return false;
  if (!acting.includes(phase) || Date.parse(at) < period.from || Date.parse(endedAt ?? at) > period.until) return false;
  return clusters.length === 0 || target === undefined || clusters.some((name) => target.startsWith(`${name}: `));
}

/** The server must have stored a write of it; and where one is about the target by its name, it must be the same object. */
function whyUnfound({ target, uid }: AuditRecord, seen: readonly ApiCall[]): string | undefined {
  if (seen.length === 0) return 'the API server stored no request of it';
  const [, names = ''] = /^(?:[^:]+: )?[^/]+\/(.+)$/.exec(target ?? '') ?? [];
  const about = seen.filter(({ namespace, name }) => [namespace, name].filter(Boolean).join('/') === names);
  const others = about.filter((call) => call.uid !== undefined && uid !== undefined && call.uid !== uid);
  // Deletes and evictions answer with a status, whose uid is none of the object's.
  if (others.some(({ verb, resource }) => verb === 'patch' && resource.split('/').length <= 2)) {
    return `what was written to is another object of that name (${others[0]!.uid}, not ${uid})`;
  }
  return undefined;
}

/** Something whose end nobody recorded may write as long as its worker lives. */
function isWithin(at: number, { at: begin, endedAt }: AuditRecord, skewMs = 5_000): boolean {
  return at >= Date.parse(begin) - skewMs && (endedAt === undefined || at <= Date.parse(endedAt) + skewMs);
}
