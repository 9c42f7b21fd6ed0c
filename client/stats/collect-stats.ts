import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { readAudit } from '../../activities/audit/reader/read-audit';
import { queryOf } from '../audit/search-audit';
import { ClientError, ClientErrorKind } from '../errors';
import { type RemediationInfo, toRemediationInfo } from '../visibility';
import { type EndedStep, type StepEnd, stepResults } from './step-results';

export interface StatsFilter {
  /** Started then or later. */
  since: Date;
  /** Started until then. Default: now. */
  until?: Date | undefined;
  cluster?: string | undefined;
}

export interface StatsOptions {
  /** At most so many histories are read, the newest; `complete` tells whether that was all. */
  maxHistories: number;
  onProgress?: (histories: number) => void;
}

/** How steps ended that have something in common. */
export interface StatsRow extends Record<StepEnd, number> {
  /** An action, a kind, or a namespace; `-` for steps that have none. */
  name: string;
  /** Of the steps that did something, how many worked, whether or not they were taken back: 0 to 1. Absent: none did anything. */
  successRate?: number;
}

export interface Stats {
  /** ISO 8601. */
  since: string;
  until: string;
  /** Ended remediations that were no dry runs, by outcome (or by how the workflow ended, if it has none). */
  remediations: { total: number; byOutcome: Record<string, number> };
  actions: StatsRow[];
  targetKinds: StatsRow[];
  namespaces: StatsRow[];
  /** false: there are more remediations in the window than were read. */
  complete: boolean;
  /** Histories past the namespace's retention, or gone while they were read: of them only the outcome is counted. */
  unreadable: number;
}

/** So many histories are read at once. */
const PARALLEL = 8;

/**
 * Success rates of what was really done, from the histories of the remediations of a time.
 *
 * @throws ClientError `invalid` when the time ends before it begins
 */
export async function collectStats(client: Client, filter: StatsFilter, options: StatsOptions): Promise<Stats> {
  const { since, until = new Date(), cluster } = filter;
  if (since > until) {
    throw new ClientError(
      ClientErrorKind.invalid,
      `--since ${since.toISOString()} is after --until ${until.toISOString()}.`,
      {
        remedy: 'Swap them, or leave --until out for now.',
      },
    );
  }
  const tally = new Tally();
  const byOutcome: Record<string, number> = {};
  let [total, unreadable, complete] = [0, 0, true];
  let batch: RemediationInfo[] = [];
  const settle = async (): Promise<void> => {
    const read = await Promise.all(batch.map((info) => readSteps(client, info)));
    for (const [index, steps] of read.entries()) {
      const { outcome, status } = batch[index]!;
      byOutcome[outcome ?? status] = (byOutcome[outcome ?? status] ?? 0) + 1;
      total++;
      if (steps === undefined) unreadable++;
      else tally.add(steps);
    }
    batch = [];
    options.onProgress?.(total);
  };
  const query = `${queryOf({ since, cluster }, until.toISOString())} AND ExecutionStatus != 'Running'`;
  for await (const info of client.workflow.list({ query, pageSize: 200 })) {
    const found = toRemediationInfo(info);
    if (info.status.name === 'CONTINUED_AS_NEW' || found.dryRun) continue;
    if (total + batch.length >= options.maxHistories) {
      complete = false;
      break;
    }
    batch.push(found);
    if (batch.length === PARALLEL) await settle();
  }
  await settle();
  return {
    ...{ since: since.toISOString(), until: until.toISOString(), remediations: { total, byOutcome } },
    ...tally.rows(),
    ...{ complete, unreadable },
  };
}

/** Undefined when the history is gone. */
async function readSteps(client: Client, { id, runId }: RemediationInfo): Promise<EndedStep[] | undefined> {
  try {
    return stepResults(await readAudit(client, id, runId));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** Counts steps by action, by kind and by namespace. */
export class Tally {
  private readonly counts = { actions: new Map(), targetKinds: new Map(), namespaces: new Map() } as Record<
    'actions' | 'targetKinds' | 'namespaces',
    Map<string, Record<StepEnd, number>>
  >;

  add(steps: readonly EndedStep[]): void {
    for (const { action, kind = '-', namespace = '-', end } of steps) {
      count(this.counts.actions, action, end);
      count(this.counts.targetKinds, kind, end);
      count(this.counts.namespaces, namespace, end);
    }
  }

  rows(): Pick<Stats, 'actions' | 'targetKinds' | 'namespaces'> {
    const { actions, targetKinds, namespaces } = this.counts;
    return { actions: rowsOf(actions), targetKinds: rowsOf(targetKinds), namespaces: rowsOf(namespaces) };
  }
}

function count(into: Map<string, Record<StepEnd, number>>, name: string, end: StepEnd): void {
  const ends = into.get(name) ?? { succeeded: 0, undone: 0, failed: 0, no_effect: 0, refused: 0 };
  ends[end]++;
  into.set(name, ends);
}

/** Most often done first. */
function rowsOf(counts: ReadonlyMap<string, Record<StepEnd, number>>): StatsRow[] {
  const rows = [...counts].map(([name, ends]): StatsRow => {
    const worked = ends.succeeded + ends.undone;
    const did = worked + ends.failed;
    return { name, ...ends, ...(did > 0 && { successRate: worked / did }) };
  });
  const size = ({ succeeded, undone, failed }: StatsRow): number => succeeded + undone + failed;
  return rows.sort((a, b) => size(b) - size(a) || (a.name < b.name ? -1 : 1));
}
