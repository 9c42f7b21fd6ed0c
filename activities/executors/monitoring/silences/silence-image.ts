import { z } from 'zod';
import { KubernautError } from '../../../../plan/errors';
import type { Alertmanager, Silence } from '../api/alertmanager';
import type { Matcher } from './matchers';

export const silenceId = z
  .string()
  .regex(/^[0-9a-fA-F-]{16,64}$/, 'is no id of a silence')
  .describe('Id of the silence; of one set by an earlier step: `${{ steps.<id>.effect.id }}`.');

/** What an undo needs of a silence. */
export type SilenceImage = {
  startsAt: string;
  endsAt: string;
  createdBy: string;
  comment: string;
  matchers: Matcher[];
};

/** @throws {KubernautError} `TARGET_NOT_FOUND` */
export async function requireSilence(alertmanager: Alertmanager, id: string): Promise<Silence> {
  const silence = await alertmanager.silence(id);
  if (silence) return silence;
  throw new KubernautError('TARGET_NOT_FOUND', `Alertmanager knows no silence ${id}`, {
    remedy: 'It may have ended long ago. `amtool silence query` lists them.',
  });
}
