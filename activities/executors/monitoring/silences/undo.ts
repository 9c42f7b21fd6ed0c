import { KubernautError } from '../../../../plan/errors';
import type { Effect } from '../../../../plan/step-io';
import type { Silence } from '../api/alertmanager';

export function nothingToUndo(why: string): Effect {
  return { changed: false, summary: `nothing to undo: ${why}`, data: {} };
}

/** Somebody wrote the silence after us. */
export function undoConflict({ id, endsAt, createdBy, updatedAt }: Silence): KubernautError {
  return new KubernautError(
    'UNDO_CONFLICT',
    `silence ${id} was left alone: it was changed at ${updatedAt} and now lasts until ${endsAt} (by ${createdBy})`,
  );
}
