import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines } from '../processes/last-lines';
import { runCommand } from '../processes/run-command';
import { SetupError } from '../setup-error';

/**
 * The component of a kwokctl cluster that was started and does not run any more. kwokctl itself does not notice: it waits
 * for the API server until its time is over. The process list decides, not the process number, because a component that
 * has ended stays as a zombie for as long as kwokctl runs.
 */
export async function endedComponent(clusterFolder: string): Promise<string | undefined> {
  const started = await readdir(join(clusterFolder, 'pids')).catch(() => []);
  const running = await runCommand('ps', ['-A', '-ww', '-o', 'args=']).catch(() => undefined);
  if (running === undefined) {
    return undefined;
  }
  return started
    .map((file) => file.replace(/\.pid$/, ''))
    .find((component) => !running.stdout.includes(`${join(clusterFolder, 'bin', component)} `));
}

/** Resolves with the component that ends while `signal` is not aborted; with undefined when it is. */
export async function watchComponents(clusterFolder: string, signal: AbortSignal): Promise<string | undefined> {
  let suspect: string | undefined;
  while (!signal.aborted) {
    const ended = await endedComponent(clusterFolder);
    // Twice, since a process is listed under its parent's name for the moment between fork and exec.
    if (ended !== undefined && ended === suspect) {
      return ended;
    }
    suspect = ended;
    await sleep(500, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

/** The error for a component that ended, with the end of its log. */
export async function componentError(clusterFolder: string, component: string): Promise<SetupError> {
  const logFile = join(clusterFolder, 'logs', `${component}.log`);
  return new SetupError(`The cluster did not start: ${component} ended`, {
    logFile,
    lastLines: await lastLines(logFile),
    remedy: 'See the log. If memory or file handles are short, stop other clusters; then run this again.',
  });
}
