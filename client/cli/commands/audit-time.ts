import { InvalidArgumentError } from 'commander';

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `2026-11-24`, `2026-11-24T10:00:00Z`, or how long ago: `90m`, `12h`, `7d`. A date alone is its beginning in UTC. */
export function parseTime(text: string): Date {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return new Date(Date.now() - Number(amount) * units[unit as keyof typeof units]);
  // Without a zone it would be taken for local time, which nobody sees in the answer.
  const isClear = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const time = new Date(text);
  if (isClear && !Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError(
    'Expected a date (2026-11-24), a time with its zone (2026-11-24T10:00:00Z), or 90m, 12h, 7d.',
  );
}
