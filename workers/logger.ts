import type { Logger, LogLevel, LogMetadata } from '@temporalio/common';
import type { Logger as PinoLogger } from 'pino';
import type { LogLevelName } from '../activities/json-logger';

/** What the SDK says of every healthy worker of ours; and of failed activities, for which the activity runtime has a line. */
const EXPECTED = [
  'Activity failed',
  'No workflows registered',
  'No activities registered',
  'No Nexus services registered',
];

/** The logger that Temporal's SDK, its activities and its workflows write to. */
export function temporalLogger(logger: PinoLogger): Logger {
  const write = (level: LogLevel, message: string, meta: LogMetadata = {}) => {
    const shown =
      meta['sdkComponent'] === 'worker' && EXPECTED.some((text) => message.startsWith(text)) ? 'DEBUG' : level;
    const name = shown.toLowerCase() as LogLevelName;
    // The SDK has two lines for every activity and every run, which hardly anybody wants to see.
    if (logger.isLevelEnabled(name)) logger[name](rename(meta), message);
  };
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}

/** Our words instead of the SDK's; its task tokens and defaults only make lines long. */
const NAMES: Readonly<Record<string, string | undefined>> = {
  workflowId: 'workflow',
  workflowRunId: 'run',
  runId: 'run',
  activityType: 'activity',
  sdkComponent: 'component',
};
const OMITTED = new Set(['taskToken', 'isLocal', 'activityId', 'namespace', 'target', 'spanContexts', 'activityRunId']);

function rename(meta: LogMetadata): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(meta)
      .filter(([name]) => !OMITTED.has(name))
      .map(([name, value]) => [NAMES[name] ?? name, value]),
  );
}
