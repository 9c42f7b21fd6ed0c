/** `12s`, `4m`, `3h20m`, `2d4h`: as kubectl shows ages. */
export function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 || hours > 9 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 || days > 9 ? `${days}d` : `${days}d${hours % 24}h`;
}

/** `in 42m`, `4m ago`. */
export function relativeTime(iso: string, now: number): string {
  const distance = Date.parse(iso) - now;
  return distance >= 0 ? `in ${age(distance)}` : `${age(-distance)} ago`;
}

/** `80ms`, `2.4s`, `3m12s`: durations of single things. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds}ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)}s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`;
}
