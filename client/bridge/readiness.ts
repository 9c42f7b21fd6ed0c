import type { Connection } from '@temporalio/client';
import { z } from 'zod';

export const readinessSchema = z.object({
  ready: z.boolean(),
  components: z.array(z.object({ component: z.string(), ready: z.boolean(), reason: z.string() })),
});
export type Readiness = z.output<typeof readinessSchema>;

/** kubelet gives up after a second by default: the answer must not take longer just because Temporal does. */
const TIMEOUT_MS = 900;

/** Whether Temporal answers and has the namespace: without it the bridge can take nothing in. */
export async function temporalReadiness(
  connection: Pick<Connection, 'withDeadline' | 'workflowService'>,
  namespace: string,
): Promise<Readiness> {
  const state = await connection
    .withDeadline(Date.now() + TIMEOUT_MS, () => connection.workflowService.describeNamespace({ namespace }))
    .then(
      () => ({ ready: true, reason: 'answers' }),
      (error: unknown) => ({ ready: false, reason: reasonOf(error, namespace) }),
    );
  return { ready: state.ready, components: [{ component: 'temporal', ...state }] };
}

/** In our words: this answer is open to everybody, and a server's error may name addresses. */
function reasonOf(error: unknown, namespace: string): string {
  switch ((error as { code?: unknown }).code) {
    case 5:
      return `there is no namespace ${namespace}`;
    case 7:
    case 16:
      return 'Temporal does not let us in';
    default:
      return 'Temporal does not answer';
  }
}
