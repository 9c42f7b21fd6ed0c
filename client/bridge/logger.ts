import pino, { type DestinationStream, type Logger } from 'pino';
import { redactFields, redactText } from '../../activities/redact';
import type { BridgeSettings } from '../../config/sections/bridge';

/** JSON lines. Values of secret-looking fields are replaced, and credentials inside texts, too; headers and bodies are never logged. */
export function createBridgeLogger(level: BridgeSettings['log']['level'], destination?: DestinationStream): Logger {
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
