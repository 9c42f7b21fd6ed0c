import type { PolicyWindow } from './schema';

/** A moment as the clocks of a time zone show it. A type alias, since CEL takes plain JSON. */
export type LocalTime = {
  /** `2026-12-20` */
  date: string;
  /** `18:05` */
  clock: string;
  hour: number;
  minute: number;
  /** `mon` … `sun` */
  weekday: string;
};

/**
 * Wall-clock time in a zone, by the time zone data of the runtime (Intl), summer time included. Pure: the moment is given.
 *
 * @param at milliseconds since the epoch
 */
export function localTime(at: number, timeZone: string): LocalTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const [hour, minute] = [parts['hour']!, parts['minute']!];
  return {
    date: `${parts['year']}-${parts['month']}-${parts['day']}`,
    clock: `${hour}:${minute}`,
    hour: Number(hour),
    minute: Number(minute),
    weekday: parts['weekday']!.toLowerCase(),
  };
}

/** Whether the moment lies in the window. Everything is compared on the wall clock, so no zone has to be turned into UTC. */
export function isWithin(window: PolicyWindow, at: number, timeZone: string): boolean {
  const zone = window.timeZone ?? timeZone;
  const now = localTime(at, zone);
  const moment = `${now.date}T${now.clock}`;
  if (window.start !== undefined && moment < padded(window.start, '00:00')) return false;
  if (window.end !== undefined && moment >= padded(window.end, '24:00')) return false;
  const { from = '00:00', to = '24:00' } = window;
  const begins = (day: string) => window.days === undefined || window.days.some((each) => each === day);
  if (from < to) return begins(now.weekday) && now.clock >= from && now.clock < to;
  // Over midnight: the evening belongs to today, the small hours to the day before.
  return (begins(now.weekday) && now.clock >= from) || (begins(dayBefore(now.weekday)) && now.clock < to);
}

function padded(dateOrTime: string, clock: string): string {
  return dateOrTime.includes('T') ? dateOrTime : `${dateOrTime}T${clock}`;
}

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

function dayBefore(day: string): string {
  return days[(days.indexOf(day) + 6) % 7]!;
}
