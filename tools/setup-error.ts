/**
 * What went wrong while getting or starting the development servers. The message is complete: what happened, to which
 * server, where its log is, and what to do about it.
 */
export class SetupError extends Error {
  override readonly name = 'SetupError';
  readonly remedy: string;
  /** The log that shows what happened, when there is one. */
  readonly logFile: string | undefined;

  constructor(what: string, options: { remedy: string; logFile?: string; lastLines?: string; cause?: unknown }) {
    const parts = [what];
    if (options.lastLines !== undefined && options.lastLines !== '') {
      parts.push(options.lastLines.replace(/^/gm, '  | '));
    }
    if (options.logFile !== undefined) {
      parts.push(`  log:    ${options.logFile}`);
    }
    parts.push(`  remedy: ${options.remedy}`);
    super(parts.join('\n'), { cause: options.cause });
    this.remedy = options.remedy;
    this.logFile = options.logFile;
  }
}
