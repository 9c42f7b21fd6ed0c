import pc from 'picocolors';
import type { CliIo } from '../cli-io';

export type Colors = ReturnType<typeof pc.createColors>;

/** Colours only on a terminal, never with NO_COLOR (https://no-color.org); FORCE_COLOR is for CI logs that show them. */
export function colorsFor(io: CliIo, stream: { isTTY?: boolean } = io.stdout): Colors {
  const forbidden = (io.env['NO_COLOR'] ?? '') !== '' || io.env['TERM'] === 'dumb';
  const forced = (io.env['FORCE_COLOR'] ?? '') !== '' && io.env['FORCE_COLOR'] !== '0';
  return pc.createColors(!forbidden && (forced || stream.isTTY === true));
}

/** By outcome, step status, state or workflow status: good, bad, waiting, or nothing special. */
export function colorOfState(colors: Colors, state: string): string {
  switch (state) {
    case 'succeeded':
    case 'completed':
    case 'done':
    case 'no_effect':
    case 'undone':
      return colors.green(state);
    case 'rolled_back':
    case 'awaiting_approval':
    case 'keeping':
    case 'standing':
    case 'undoing':
    case 'stopping':
    case 'aborted':
    case 'cancelled':
    case 'rejected':
    case 'expired':
    case 'refused':
    case 'skipped':
      return colors.yellow(state);
    case 'failed':
    case 'rollback_failed':
    case 'blocked':
    case 'undo_failed':
    case 'timed_out':
    case 'terminated':
      return colors.red(state);
    case 'running':
    case 'executing':
    case 'verifying':
    case 'validating':
    case 'open':
      return colors.cyan(state);
    default:
      return state;
  }
}
