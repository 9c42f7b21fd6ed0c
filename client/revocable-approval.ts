import type { Grant, PendingApproval } from '../plan/steering';
import { ClientError, ClientErrorKind } from './errors';
import type { Remediations } from './remediations';

/**
 * What can be taken back now: the approval of the step, else of the whole, or the only one. A signed revocation has to say
 * what it is about.
 *
 * @throws ClientError `refused` when there is none, or more than one
 */
export async function revocableApproval(
  remediations: Pick<Remediations, 'status'>,
  id: string,
  step?: string,
): Promise<Grant | PendingApproval> {
  const { approvals, granted = [] } = await remediations.status(id);
  const given = [...granted, ...approvals.filter(({ approvers }) => approvers?.length)];
  const fitting = given.filter(({ subject }) =>
    step === undefined ? !('step' in subject) || given.length === 1 : 'step' in subject && subject.step === step,
  );
  const [first, ...others] = fitting;
  if (first !== undefined && others.length === 0) return first;
  const what = first === undefined ? 'no approval' : 'more than one approval';
  throw new ClientError(ClientErrorKind.refused, `${id}: ${what} can be revoked.`, {
    remedy: `\`kubernaut show ${id}\` shows what has been approved; name the step if several are, or abort it.`,
  });
}
