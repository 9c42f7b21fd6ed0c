import CliTable from 'cli-table3';

const none = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '' },
};

/**
 * Aligned columns without borders, as kubectl prints them: easy on the eye and on `awk`. Cells stay on one line; colours and
 * wide characters do not disturb the alignment.
 */
export function renderTable(head: readonly string[], rows: ReadonlyArray<readonly (string | undefined)[]>): string {
  const table = new CliTable({
    head: [...head],
    chars: none,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
  });
  for (const row of rows) table.push(row.map((cell) => oneLine(cell ?? '')));
  // The padding of the last column is no content.
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Two columns, the first right-padded: `digest   sha256:…`. Rows without a value are left out. */
export function renderFields(fields: ReadonlyArray<readonly [string, string | undefined]>): string {
  const present = fields.filter((field): field is readonly [string, string] => field[1] !== undefined);
  const width = Math.max(0, ...present.map(([name]) => name.length));
  return present.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
