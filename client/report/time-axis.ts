import type { Span } from './report-model';

/** From times to places on a line of a given width. */
export interface TimeAxis {
  x(time: number): number;
  /** Stretches that are drawn shorter than they were, since nothing was done in them. */
  breaks: { from: number; to: number }[];
}

/** Of what is drawn, so much at most stands for one stretch in which nothing was done. */
const IDLE_SHARE = 0.15;

/**
 * Where something was done time is drawn to scale; a stretch in which the run only waited (an hour for an approval) is
 * shortened, so that the seconds before and after it can still be seen.
 */
export function timeAxis(from: number, to: number, active: readonly Span[], width: number): TimeAxis {
  const pieces = piecesOf(from, Math.max(to, from + 1), active);
  const busy = pieces.reduce((sum, piece) => sum + (piece.idle ? 0 : piece.to - piece.from), 0);
  const cap = busy > 0 ? Math.max(1, busy * IDLE_SHARE) : Infinity;
  const weights = pieces.map((piece) => (piece.idle ? Math.min(piece.to - piece.from, cap) : piece.to - piece.from));
  const scale = width / weights.reduce((sum, weight) => sum + weight, 0);
  const starts = weights.map((_, index) => weights.slice(0, index).reduce((sum, weight) => sum + weight, 0) * scale);
  const x = (time: number): number => {
    const index = pieces.findIndex((piece) => time <= piece.to);
    if (index < 0) return width;
    const piece = pieces[index]!;
    const share = Math.min(1, Math.max(0, (time - piece.from) / (piece.to - piece.from)));
    return starts[index]! + share * weights[index]! * scale;
  };
  return { x, breaks: pieces.filter(({ idle, ...piece }) => idle && piece.to - piece.from > cap * 1.01) };
}

interface Piece {
  from: number;
  to: number;
  idle: boolean;
}

/** The time of the run, cut where it changes between doing something and waiting. */
function piecesOf(from: number, to: number, active: readonly Span[]): Piece[] {
  const pieces: Piece[] = [];
  let reached = from;
  for (const span of [...active].sort((a, b) => a.from - b.from)) {
    const begin = Math.min(to, Math.max(from, span.from));
    const end = Math.min(to, Math.max(begin, span.to));
    if (begin > reached) pieces.push({ from: reached, to: begin, idle: true });
    const busyFrom = Math.max(reached, begin);
    if (end > busyFrom) {
      const before = pieces.at(-1);
      if (before !== undefined && !before.idle && before.to === busyFrom) before.to = end;
      else pieces.push({ from: busyFrom, to: end, idle: false });
    }
    reached = Math.max(reached, end);
  }
  if (reached < to) pieces.push({ from: reached, to, idle: true });
  return pieces.length > 0 ? pieces : [{ from, to, idle: true }];
}
