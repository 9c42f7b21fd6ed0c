import type { ApprovalSubject } from '../steering';

/** `plan`, `rollback`, `step:<id>` or `decision:<id>`; names the timers of an approval too. */
export function approvalKey(subject: ApprovalSubject): string {
  return 'step' in subject ? `${subject.kind}:${subject.step}` : subject.kind;
}
