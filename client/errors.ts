/**
 * What can go wrong between a caller and a remediation. `refused` is the remediation's own no (wrong digest, nothing
 * waiting); everything else says that the request never got as far as that.
 */
export const ClientErrorKind = {
  /** The input itself is wrong; nothing was sent. */
  invalid: 'invalid',
  /** No workflow of this id in the namespace, or the namespace does not exist. */
  notFound: 'not_found',
  /** The id belongs to something else: another workflow type, or another plan. */
  conflict: 'conflict',
  /** The remediation has ended and takes no more requests. */
  ended: 'ended',
  /** The remediation understood the request and said no; `code` carries its error code. */
  refused: 'refused',
  /** Temporal or a cluster cannot be reached, or does not let us in. */
  unreachable: 'unreachable',
  /** Temporal answers, but no worker does. */
  noWorker: 'no_worker',
  /** Temporal answers, but lacks something that Kubernaut needs (search attributes). */
  notReady: 'not_ready',
} as const;
export type ClientErrorKind = (typeof ClientErrorKind)[keyof typeof ClientErrorKind];

/** An error fit for a person: what happened to which object, and what to do about it. Never carries a raw server body. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly remedy: string | undefined;
  /** Of a refusal: the code from plan/errors.ts or the workflow's own. */
  readonly code: string | undefined;

  constructor(
    readonly kind: ClientErrorKind,
    message: string,
    options: { remedy?: string; code?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.remedy = options.remedy;
    this.code = options.code;
  }
}
