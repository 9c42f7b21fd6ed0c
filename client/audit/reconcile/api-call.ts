/** A request that changes something, as the API server's audit log (audit.k8s.io/v1) has it. */
export interface ApiCall {
  auditId: string;
  /** Milliseconds: when the server received it. */
  at: number;
  verb: string;
  /** `apps/deployments`, `pods/eviction`. */
  resource: string;
  namespace?: string;
  name?: string;
  /** Of the object in the answer, when the log has it. */
  uid?: string;
  user: string;
  userAgent?: string;
  /** HTTP status of the answer; 0 when the log has none. */
  code: number;
}

const WRITES: readonly string[] = ['create', 'update', 'patch', 'delete', 'deletecollection'];
/** Whatever their verb, these act inside a container or on what is behind it. */
const ACTING: readonly string[] = ['exec', 'attach', 'portforward', 'proxy'];
/** Reviews are questions: the server stores nothing of them. */
const QUESTIONS: readonly string[] = ['authorization.k8s.io', 'authentication.k8s.io'];

/**
 * The request of one line of the audit log. `undefined` for one that changes nothing (reads, dry runs, reviews), and for the
 * stages before its end.
 */
export function apiCallOf(line: string): ApiCall | undefined {
  const event = JSON.parse(line) as AuditEvent;
  const { objectRef = {}, verb, user, impersonatedUser, userAgent } = event;
  if (event.stage !== 'ResponseComplete' && event.stage !== 'Panic') return undefined;
  const acts = WRITES.includes(verb) || ACTING.includes(objectRef.subresource ?? '');
  if (!acts || QUESTIONS.includes(objectRef.apiGroup ?? '') || isDryRun(event)) return undefined;
  const { apiGroup, resource = '', subresource, namespace } = objectRef;
  // The name of what was created with a generated one stands in the answer only.
  const name = objectRef.name ?? event.responseObject?.metadata?.name;
  const uid = event.responseObject?.metadata?.uid;
  return {
    auditId: event.auditID,
    at: Date.parse(event.requestReceivedTimestamp),
    verb,
    resource: [apiGroup, resource, subresource].filter(Boolean).join('/'),
    ...(namespace && { namespace }),
    ...(name && { name }),
    ...(uid && { uid }),
    user: impersonatedUser?.username ?? user.username,
    ...(userAgent !== undefined && { userAgent }),
    code: event.responseStatus?.code ?? 0,
  };
}

/** In the query or, of deletes and evictions, in the body. */
function isDryRun({ requestURI, requestObject }: AuditEvent): boolean {
  const query = new URLSearchParams(requestURI.split('?')[1] ?? '');
  const body = requestObject?.dryRun ?? requestObject?.deleteOptions?.dryRun;
  return query.getAll('dryRun').includes('All') || (Array.isArray(body) && body.includes('All'));
}

interface AuditEvent {
  auditID: string;
  stage: string;
  verb: string;
  requestURI: string;
  userAgent?: string;
  user: { username: string };
  impersonatedUser?: { username: string };
  objectRef?: { apiGroup?: string; resource?: string; subresource?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
  requestObject?: { dryRun?: unknown; deleteOptions?: { dryRun?: unknown } };
  responseObject?: { metadata?: { name?: string; uid?: string } };
  requestReceivedTimestamp: string;
}
