import { type RemediationStatus, RunPhase } from '../../plan/steering';
import type { CliIo } from './cli-io';
import { colorsFor } from './output/colors';
import { problemLine, renderApproval, renderStatus } from './output/status-view';
import { writeLine } from './output/write';

export interface WatchTarget {
  id: string;
  link: string | undefined;
}

/** Redraws the whole status in place: for a terminal. */
export function statusScreen(io: CliIo, { id, link }: WatchTarget): (status: RemediationStatus) => void {
  const colors = colorsFor(io);
  let height = 0;
  return (status) => {
    const text = renderStatus(status, { id, link, colors, now: Date.now() });
    // Up to the first line of the last drawing, then clear to the end of the screen.
    if (height > 0) io.stdout.write(`\x1b[${height}A\x1b[J`);
    io.stdout.write(`${text}\n`);
    height = screenLines(text, io.stdout.columns ?? 80);
  };
}

/** One line for each thing that changed: for pipes and logs. */
export function statusLines(
  io: CliIo,
  { id, link }: WatchTarget,
  stream = io.stdout,
): (status: RemediationStatus) => void {
  const colors = colorsFor(io, stream);
  const seen = new Set<string>();
  const once = (key: string, text: string): void => {
    if (seen.has(key)) return;
    seen.add(key);
    writeLine(stream, text);
  };
  let phase: string | undefined;
  const steps = new Map<string, string>();
  const printPhase = (status: RemediationStatus, now: number): void => {
    if (status.phase === phase) return;
    phase = status.phase;
    const reason = status.reason === undefined ? '' : `: ${status.reason}`;
    const outcome = status.outcome === undefined ? '' : ` ${status.outcome}${reason}`;
    writeLine(stream, `${timeOf(now)}  ${status.phase}${outcome}`);
  };
  return (status) => {
    const now = Date.now();
    const ended = status.phase === RunPhase.ended;
    if (!ended) printPhase(status, now);
    for (const step of status.steps) {
      if ((steps.get(step.id) ?? 'pending') === step.status) continue;
      steps.set(step.id, step.status);
      const detail = [step.summary, step.detail].filter(Boolean).join(' — ');
      writeLine(stream, `${timeOf(now)}  ${step.id}  ${step.status}${detail === '' ? '' : `  ${detail}`}`);
    }
    for (const approval of status.approvals) {
      once(`${approval.digest}/${approval.since}`, renderApproval(approval, { id, link, colors, now }));
    }
    for (const problem of status.problems) once(problemLine(problem), `${timeOf(now)}  ${problemLine(problem)}`);
    // What the steps came to first, then what it came to as a whole.
    if (ended) printPhase(status, now);
  };
}

function timeOf(now: number): string {
  return new Date(now).toISOString().slice(11, 19);
}

function screenLines(text: string, columns: number): number {
  // eslint-disable-next-line no-control-regex -- colours take no room on the screen
  const plain = text.replace(/\x1b\[[0-9;]*m/g, '');
  return plain.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0);
}
