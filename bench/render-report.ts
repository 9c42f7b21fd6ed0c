import type { BenchReport } from './bench';
import { ratios, type Row } from './row';
import { spread } from './spread';

const header = ['measure', 'Kubernaut', 'compared with', 'ratio', 'goal', 'met'];

/** The results of one bench as Markdown: `median (min–max)` of the rounds. */
export function renderReport(report: BenchReport): string {
  return `${table([header, ...report.rows.map(cells)])}\n\n${report.notes.map((note) => `- ${note}`).join('\n')}\n`;
}

function cells({ measure, unit, ours, theirs, goal }: Row): string[] {
  return [
    measure,
    `${cell(ours)} ${unit}`,
    theirs ? `${theirs.name}: ${cell(theirs.values)} ${unit}` : '',
    theirs ? `${cell(ratios(ours, theirs.values))}×` : '',
    goal?.text ?? '',
    goal === undefined ? '' : goal.met ? 'yes' : '**no**',
  ];
}

function cell(values: readonly number[]): string {
  const { min, median, max } = spread(values);
  return values.length === 1 ? short(median) : `${short(median)} (${short(min)}–${short(max)})`;
}

/** Three significant digits say all that such a measurement knows. */
function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Columns padded as prettier pads them. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((text, i) => text.padEnd(widths[i]!)).join(' | ')} |`;
  const [first, ...rest] = rows;
  return [line(first!), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)].join('\n');
}
