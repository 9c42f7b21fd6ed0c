import pino, { type DestinationStream, type Logger } from 'pino';
import { redactFields, redactText } from './redact';

export type LogLevelName = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/**
 * JSON lines on stdout: `{"level":"info","time":"…","msg":"…","workflow":"…","step":"…","operation":"…","attempt":1,…}`.
 * Values of secret-looking fields are replaced, and credentials inside texts, too. Used by workers and bridge alike.
 *
 * @param destination Default: stdout
 */
export function createLogger(level: LogLevelName, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redactFields(fields) as Record<string, unknown>,
      },
      hooks: {
        logMethod(args, method) {
          method.apply(this, args.map((arg) => (typeof arg === 'string' ? redactText(arg) : arg)) as typeof args);
        },
      },
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
  );
}
