import type { PendingApproval } from '../plan/steering';
import { ClientError, ClientErrorKind } from './errors';
import type { Remediations } from './remediations';

/**
 * What waits for a decision now: that of the step, or the only one. A signed rejection has to say what it is about.
 *
 * @throws ClientError `refused` when nothing waits, or more than one thing
 */
export async function waitingApproval(
  remediations: Pick<Remediations, 'status'>,
  id: string,
  step?: string,
): Promise<PendingApproval> {
  const { approvals } = await remediations.status(id);
  const waiting = approvals.filter(({ subject }) => step === undefined || ('step' in subject && subject.step === step));
  const [first, ...others] = waiting;
  if (first !== undefined && others.length === 0) return first;
  const what = first === undefined ? 'nothing' : 'more than one thing';
  throw new ClientError(ClientErrorKind.refused, `${id}: ${what} waits for a decision.`, {
    remedy: `Look at what waits (\`kubernaut show ${id}\`), and name the step if several do.`,
  });
}
