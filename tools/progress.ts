/** Where progress is reported; nothing in the tools writes to the console itself. */
export interface Progress {
  /** A line that stays. */
  line(text: string): void;
  /** The present state of something long; overwritten by what comes next, and left out where nobody watches. */
  live(text: string): void;
}

export const silent: Progress = { line: () => {}, live: () => {} };

/** Progress on a terminal or in a log. Default `process.stderr`, so that standard output stays machine-readable. */
export function streamProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) {
    return { line: (text) => void stream.write(`${text}\n`), live: () => {} };
  }
  const clear = '\r\x1b[K';
  return {
    line: (text) => void stream.write(`${clear}${text}\n`),
    live: (text) => void stream.write(`${clear}${text.slice(0, (stream.columns || 80) - 1)}`),
  };
}

/** `0.4 s`, `12 s`, `124 s`. */
export function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}
