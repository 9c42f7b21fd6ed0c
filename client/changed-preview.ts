import type { ParamsChange, PendingApproval } from '../plan/steering';
import { ClientError, ClientErrorKind } from './errors';
import type { Remediations } from './remediations';

/**
 * What waits for a decision and would be changed: the first change's own approval, else that of the plan. A signed override has to
 * say which preview it is about.
 *
 * @throws ClientError `refused` when neither waits
 */
export async function changedPreview(
  remediations: Pick<Remediations, 'status'>,
  id: string,
  [first]: readonly ParamsChange[],
): Promise<PendingApproval> {
  const { approvals } = await remediations.status(id);
  const found =
    approvals.find(({ subject }) => subject.kind === 'step' && subject.step === first?.step) ??
    approvals.find(({ subject }) => subject.kind === 'plan');
  if (found !== undefined) return found;
  throw new ClientError(ClientErrorKind.refused, `${id}: step ${first?.step} does not wait for approval.`, {
    remedy: `\`kubernaut show ${id}\` shows what waits: only that can be changed.`,
  });
}
