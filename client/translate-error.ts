import { isGrpcServiceError, QueryNotRegisteredError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, NamespaceNotFoundError, WorkflowNotFoundError } from '@temporalio/common';
import { ClientError, ClientErrorKind } from './errors';

/** gRPC status codes that need an answer of their own; https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const GrpcCode = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  failedPrecondition: 9,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

export interface FailedCall {
  /** What was tried, as it reads after "could not": `approve`, `list remediations`. */
  doing: string;
  /** Workflow id, where the call had one. */
  id?: string;
  namespace: string;
  taskQueue: string;
  /** What it was about. Default: a remediation. */
  about?: 'remediation' | 'incident';
  /** The call needs a worker (query, update): running out of time then means that none answered. */
  needsWorker?: boolean;
}

/** Turns whatever the Temporal client threw into one clear sentence with a remedy. Errors it does not know stay as they are. */
export function translateError(error: unknown, call: FailedCall): unknown {
  if (error instanceof ClientError) return error;
  if (error instanceof NamespaceNotFoundError) return namespaceNotFound(call, error);
  if (error instanceof WorkflowNotFoundError) return workflowNotFound(call, error);
  if (error instanceof WorkflowUpdateFailedError) return refused(error);
  if (error instanceof QueryNotRegisteredError) {
    return new ClientError(
      ClientErrorKind.conflict,
      `${call.id} does not answer the questions ${withArticle(call)} answers.`,
      {
        remedy: 'Is a worker of the same version of Kubernaut running? `kubernaut doctor` tells.',
        cause: error,
      },
    );
  }
  const grpc = grpcErrorOf(error);
  return grpc === undefined ? error : translateGrpc(grpc, error, call);
}

function translateGrpc(grpc: { code: number; details: string }, error: unknown, call: FailedCall): unknown {
  switch (grpc.code) {
    case GrpcCode.deadlineExceeded:
    case GrpcCode.failedPrecondition:
      if (call.needsWorker) return noWorker(call, error);
      if (grpc.code === GrpcCode.failedPrecondition) return error;
      return unreachable(`Temporal did not answer in time (could not ${call.doing}).`, error);
    case GrpcCode.cancelled:
      return call.needsWorker ? noWorker(call, error) : error;
    case GrpcCode.unavailable:
      return unreachable(`Temporal cannot be reached (could not ${call.doing}).`, error);
    case GrpcCode.permissionDenied:
    case GrpcCode.unauthenticated:
      return new ClientError(ClientErrorKind.unreachable, `Temporal does not let us ${call.doing}: ${grpc.details}.`, {
        remedy: 'Check the API key or client certificate of the Temporal profile.',
        cause: error,
      });
    case GrpcCode.notFound:
      return call.id === undefined ? namespaceNotFound(call, error) : workflowNotFound(call, error);
    case GrpcCode.invalidArgument:
      return invalidArgument(grpc.details, error, call);
    case GrpcCode.unimplemented:
      return unreachable(`What answers there is no Temporal server (could not ${call.doing}).`, error);
    default:
      return new ClientError(ClientErrorKind.unreachable, `Temporal could not ${call.doing}: ${grpc.details}.`, {
        remedy: 'Try again; if it stays so, look at the log of the Temporal server.',
        cause: error,
      });
  }
}

function invalidArgument(details: string, error: unknown, call: FailedCall): unknown {
  if (/search attribute/i.test(details)) {
    return new ClientError(
      ClientErrorKind.notReady,
      `Namespace ${call.namespace} lacks Kubernaut’s search attributes: ${details}.`,
      {
        remedy: 'Start a worker once (`kubernaut worker` registers them), or see `kubernaut doctor`.',
        cause: error,
      },
    );
  }
  return new ClientError(ClientErrorKind.invalid, `Temporal refused to ${call.doing}: ${details}.`, { cause: error });
}

function refused(error: WorkflowUpdateFailedError): ClientError {
  const failure = error.cause;
  const code = failure instanceof ApplicationFailure ? (failure.type ?? undefined) : undefined;
  return new ClientError(ClientErrorKind.refused, failure?.message ?? error.message, { code, cause: error });
}

function noWorker(call: FailedCall, cause: unknown): ClientError {
  return new ClientError(
    ClientErrorKind.noWorker,
    `No worker answered for ${call.id ?? call.taskQueue} (could not ${call.doing}).`,
    {
      remedy: `Start one with \`kubernaut worker\`; \`kubernaut doctor\` shows who polls task queue ${call.taskQueue}.`,
      cause,
    },
  );
}

function workflowNotFound(call: FailedCall, cause: unknown): ClientError {
  const { about = 'remediation', id, namespace } = call;
  return new ClientError(ClientErrorKind.notFound, `There is no ${about} ${id} in namespace ${namespace}.`, {
    remedy: `\`kubernaut ${about === 'incident' ? 'incident list' : 'list'}\` shows what there is.`,
    cause,
  });
}

function withArticle({ about }: FailedCall): string {
  return about === 'incident' ? 'an incident' : 'a remediation';
}

function namespaceNotFound(call: FailedCall, cause: unknown): ClientError {
  return new ClientError(ClientErrorKind.notFound, `Temporal has no namespace ${call.namespace}.`, {
    remedy: 'Check --namespace, TEMPORAL_NAMESPACE or the profile in temporal.toml.',
    cause,
  });
}

function unreachable(message: string, cause: unknown): ClientError {
  return new ClientError(ClientErrorKind.unreachable, message, {
    remedy:
      'Check --address, TEMPORAL_ADDRESS or the profile in temporal.toml; `kubernaut dev` starts a server of its own.',
    cause,
  });
}

/** An update that the server turned down because the workflow task that was to take it in failed. */
export function isTaskFailed(error: unknown): boolean {
  return grpcErrorOf(error)?.code === GrpcCode.failedPrecondition;
}

/** The gRPC error itself or the one that a ServiceError, an RPC timeout or another wrapper carries. */
function grpcErrorOf(error: unknown): { code: number; details: string } | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    if (isGrpcServiceError(current)) return { code: current.code, details: current.details.replace(/\.$/, '') };
    current = current.cause;
  }
  return undefined;
}
