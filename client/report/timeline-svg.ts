import { html, type Markup } from './html';
import type { Report, Span } from './report-model';
import { spanText, timeText } from './texts';
import { timeAxis, type TimeAxis } from './time-axis';

const LABEL = 190;
const WIDTH = 1000;
const RIGHT = 10;
const ROW = 18;
const BAR = 10;
const TOP = 26;

interface Row {
  label: string;
  spans: readonly Span[];
}

/** The run as a drawing: one line for each wait of the run, one for each step, its phases as bars. Every bar tells itself. */
export function timelineSvg(report: Report): Markup {
  const rows = rowsOf(report);
  const active = report.steps.flatMap(({ spans }) => spans);
  const axis = timeAxis(report.from, report.to, active, WIDTH - LABEL - RIGHT);
  const height = TOP + rows.length * ROW + 6;
  const label = `Timeline of ${report.id}: ${report.steps.length} steps in ${spanText(report.to - report.from)}`;
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}">
    <defs>
      <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <line x1="0" y1="0" x2="0" y2="6" />
      </pattern>
    </defs>
    ${axis.breaks.map((each) => breakOf(axis, each, height))}
    <text class="time" x="${LABEL}" y="14">${timeText(report.from)}</text>
    <text class="time" x="${WIDTH - RIGHT}" y="14" text-anchor="end">${timeText(report.to)}</text>
    ${rows.map((row, index) => rowOf(axis, row, TOP + index * ROW))}
  </svg>`;
}

/** Waits of one kind for the same thing share a line. */
function rowsOf({ waits, steps }: Report): Row[] {
  const shared = new Map<string, Span[]>();
  for (const wait of waits) shared.set(wait.label, [...(shared.get(wait.label) ?? []), wait]);
  return [
    ...[...shared].map(([label, spans]): Row => ({ label, spans })),
    ...steps.map(({ id, spans }): Row => ({ label: id, spans })),
  ];
}

function rowOf(axis: TimeAxis, { label, spans }: Row, y: number): Markup {
  return html`<g
    ><line class="row" x1="0" y1="${y + ROW - 2}" x2="${WIDTH}" y2="${y + ROW - 2}" /><text
      x="${LABEL - 8}"
      y="${y + 11}"
      text-anchor="end"
      >${shortened(label)}</text
    >${spans.map((span) => barOf(axis, span, y + 2))}</g
  > `;
}

function barOf(axis: TimeAxis, span: Span, y: number): Markup {
  const x = LABEL + axis.x(span.from);
  const width = Math.max(2.5, LABEL + axis.x(span.to) - x);
  const bad = span.status !== 'done' && span.status !== 'open' ? ' bad' : '';
  const title = `${span.label}: ${span.status}, ${spanText(span.to - span.from)}, from ${timeText(span.from)}`;
  return html`<rect class="${span.kind}${bad}" x="${round(x)}" y="${y}" width="${round(width)}" height="${BAR}" rx="2"
    ><title>${title}</title></rect
  >`;
}

function breakOf(axis: TimeAxis, { from, to }: { from: number; to: number }, height: number): Markup {
  const x = LABEL + axis.x(from);
  const width = LABEL + axis.x(to) - x;
  return html`<rect class="break" x="${round(x)}" y="${TOP - 6}" width="${round(width)}" height="${height - TOP}"
      ><title>nothing was done for ${spanText(to - from)}; drawn shorter than it was</title></rect
    >
    <text class="time" x="${round(x + width / 2)}" y="14" text-anchor="middle">⋯ ${spanText(to - from)} ⋯</text>`;
}

/** By characters, not by halves of them. */
function shortened(label: string): string {
  const characters = [...label];
  return characters.length > 30 ? `${characters.slice(0, 29).join('')}…` : label;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
