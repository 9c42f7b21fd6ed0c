import { KubernautError } from '../../plan/errors';
import { ClientError, type ClientErrorKind } from '../errors';
import { ExitCode } from './exit-codes';

/** An error of the CLI itself, with the exit code it ends with. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly remedy: string | undefined;

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options: { remedy?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.remedy = options.remedy;
  }
}

const codeOfKind: Record<ClientErrorKind, ExitCode> = {
  invalid: ExitCode.usage,
  not_found: ExitCode.notFound,
  conflict: ExitCode.refused,
  ended: ExitCode.refused,
  refused: ExitCode.refused,
  unreachable: ExitCode.unreachable,
  no_worker: ExitCode.unreachable,
  not_ready: ExitCode.unreachable,
};

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof ClientError) return codeOfKind[error.kind];
  if (error instanceof KubernautError) return exitCodeOfKubernautError(error);
  return ExitCode.unexpected;
}

function exitCodeOfKubernautError(error: KubernautError): ExitCode {
  switch (error.code) {
    case 'PLAN_INVALID':
    case 'PARAMS_INVALID':
    case 'EXPRESSION_FAILED':
    case 'SETTINGS_INVALID':
    case 'POLICY_INVALID':
      return ExitCode.usage;
    case 'ACTION_UNKNOWN':
    case 'TARGET_NOT_FOUND':
      return ExitCode.notFound;
    case 'UNAVAILABLE':
    case 'UNAUTHORIZED':
      return ExitCode.unreachable;
    default:
      return ExitCode.unexpected;
  }
}

/** One sentence and a remedy; the stack only when asked for. */
export function describeError(error: unknown, debug: boolean): string {
  const message = error instanceof Error ? error.message : String(error);
  const remedy = remedyOf(error, debug);
  const stack = debug && error instanceof Error ? `\n${stackOf(error)}` : '';
  return `${message}${remedy === undefined ? '' : `\n  → ${remedy}`}${stack}`;
}

function remedyOf(error: unknown, debug: boolean): string | undefined {
  if (error instanceof CliError || error instanceof ClientError || error instanceof KubernautError) return error.remedy;
  return debug ? undefined : 'This should not happen. Run the command again with --debug and report it.';
}

function stackOf(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\nCaused by: ${stackOf(error.cause)}` : own;
}
