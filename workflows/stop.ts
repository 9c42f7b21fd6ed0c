import {
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  makeContinueAsNewFunc,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  STOP_RELEASED,
  stopScopeOf,
  stopScopeText,
  StopSignal,
  type ReleaseRequest,
  type StopInput,
  type StopResult,
} from '../plan/stop/stop-order';
import { plainText } from './presentation';

/** Told at a time: after a release not everything starts in the same second. */
const TOLD_AT_ONCE = 50;

/**
 * The engaged kill switch: it runs until the signal `release`, however long that takes. Workers ask the server whether it
 * runs (activities/stop); remediations that were stopped by it register with `waiting`, and are told when it is released.
 * It touches nothing but signals: no search attribute, activity or timer whose trouble could keep it from being released.
 */
export async function stop(input: StopInput): Promise<StopResult> {
  const { workflowId } = workflowInfo();
  const since = input.since ?? workflowInfo().startTime.toISOString();
  const waiting = new Set(input.waiting ?? []);
  let release: ReleaseRequest | undefined;
  setHandler(defineSignal<[unknown]>(StopSignal.release), (request) => {
    release ??= releaseOf(request);
  });
  setHandler(defineSignal<[unknown]>(StopSignal.waiting), (run) => {
    if (typeof run === 'string' && run.length <= 1000) waiting.add(run);
  });
  const scope = stopScopeOf(workflowId);
  const where = scope ? stopScopeText(scope) : workflowId;
  setCurrentDetails(
    `**engaged** — ${where}: no new step that changes anything\n\nby ${plainText(input.by)} since ${since}: ${plainText(input.reason)}\n\n` +
      'Release: `kubernaut stop release`, or the signal `release` with\n\n    {"by":"YOUR NAME"}',
  );

  await condition(() => release !== undefined || workflowInfo().continueAsNewSuggested);
  if (release === undefined) {
    await makeContinueAsNewFunc<typeof stop>()({ ...input, since, waiting: [...waiting] });
  }
  const { by, reason } = release!;
  setCurrentDetails(`**released** by ${plainText(by)}`);
  let told = 0;
  // Whoever registers meanwhile is told too: a run that gets no signal would only try again by itself.
  while (waiting.size > 0) {
    const some = [...waiting].slice(0, TOLD_AT_ONCE);
    for (const run of some) waiting.delete(run);
    const sent = await Promise.all(some.map((run) => tell(run, workflowId)));
    told += sent.filter(Boolean).length;
  }
  return { by: input.by, reason: input.reason, since, releasedBy: by, ...(reason && { releaseReason: reason }), told };
}

/** A run that has ended meanwhile needs no telling. */
async function tell(run: string, id: string): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(run).signal(STOP_RELEASED, { id });
    return true;
  } catch {
    return false;
  }
}

/** Also from the Web UI, where people leave things out: to release is never refused for its form. */
function releaseOf(request: unknown): ReleaseRequest {
  const { by, reason } = (request ?? {}) as Partial<Record<keyof ReleaseRequest, unknown>>;
  return {
    by: typeof by === 'string' && by !== '' ? by.slice(0, 200) : 'unknown',
    ...(typeof reason === 'string' && reason !== '' && { reason: reason.slice(0, 500) }),
  };
}
