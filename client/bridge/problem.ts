import { z } from 'zod';
import { KubernautError } from '../../plan/errors';
import { ClientError, type ClientErrorKind } from '../errors';

/** One thing that is wrong with a body, a header or a parameter. */
const finding = z.object({
  path: z.string().describe('`spec.steps[0].action`, `body.reason`, `header.idempotency-key`.'),
  message: z.string(),
  code: z.string().optional(),
  remedy: z.string().optional(),
  line: z.number().optional(),
  column: z.number().optional(),
});
export type ProblemFinding = z.output<typeof finding>;

/** Every answer that is no success; https://www.rfc-editor.org/rfc/rfc9457 */
export const problemSchema = z
  .object({
    type: z.string().describe('`urn:kubernaut:problem:<code>`.'),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    code: z.string().describe('Stable; for programs.'),
    remedy: z.string().optional().describe('What to do about it.'),
    errors: z.array(finding).optional().describe('All that is wrong with the request, not only the first.'),
    instance: z.string().optional().describe('Id of the request, as in the bridge’s log.'),
  })
  .describe('A problem of RFC 9457.');
export type ProblemDocument = z.output<typeof problemSchema>;

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** Seconds after which trying again makes sense, when Temporal or a worker is away. */
export const RETRY_AFTER_S = 5;

/** An answer that is no success. Its text is shown to the caller: no secrets, no server's own words. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly remedy: string | undefined;
  readonly errors: ProblemFinding[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Further members of the document. */
  readonly more: Readonly<Record<string, unknown>>;

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    options: {
      remedy?: string;
      errors?: ProblemFinding[];
      headers?: Record<string, string>;
      more?: Record<string, unknown>;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.remedy = options.remedy;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
    this.more = options.more ?? {};
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'The request took too long',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Not valid',
  429: 'Too many requests',
  500: 'Unexpected error',
  503: 'Not available',
};

export function problemDocument(problem: HttpProblem, instance: string): ProblemDocument & Record<string, unknown> {
  return {
    type: `urn:kubernaut:problem:${problem.code.toLowerCase().replaceAll('_', '-')}`,
    title: titles[problem.status] ?? 'Problem',
    status: problem.status,
    detail: problem.message,
    code: problem.code,
    ...(problem.remedy !== undefined && { remedy: problem.remedy }),
    ...(problem.errors !== undefined && { errors: problem.errors }),
    instance,
    ...problem.more,
  };
}

const statusOfKind: Readonly<Record<ClientErrorKind, number>> = {
  invalid: 422,
  not_found: 404,
  conflict: 409,
  ended: 409,
  refused: 409,
  unreachable: 503,
  no_worker: 503,
  not_ready: 503,
};

/** What a route threw, as the caller may see it. */
export function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof ClientError) return ofClientError(error);
  if (error instanceof KubernautError) {
    const status = error.retryable ? 503 : 422;
    return new HttpProblem(status, error.code, error.message, { remedy: error.remedy, headers: retryAfter(status) });
  }
  return ofFastify(error) ?? unexpected(error);
}

function ofClientError(error: ClientError): HttpProblem {
  const status = statusOfKind[error.kind];
  // Addresses, profiles and commands of the CLI are no business of a caller from outside.
  const remedy =
    status === 503
      ? 'Nothing of this request was taken in; send it again. `/readyz` tells what is away.'
      : error.remedy;
  return new HttpProblem(status, error.code ?? error.kind.toUpperCase(), error.message, {
    remedy,
    headers: retryAfter(status),
    cause: error,
  });
}

export function retryAfter(status: number): Record<string, string> {
  return status === 503 ? { 'retry-after': String(RETRY_AFTER_S) } : {};
}

const fastifyCodes: Readonly<Record<string, readonly [status: number, code: string, message: string, remedy: string]>> =
  {
    FST_ERR_CTP_BODY_TOO_LARGE: [413, 'TOO_LARGE', 'The body is larger than is read here.', 'Send less at a time.'],
    FST_ERR_CTP_INVALID_MEDIA_TYPE: [
      415,
      'MEDIA_TYPE',
      'A body of this content type is not read here.',
      'Send application/json; plans may also be application/yaml.',
    ],
    FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'BODY_MISSING', 'The body is empty.', 'Send a JSON object.'],
    FST_ERR_CTP_INVALID_JSON_BODY: [400, 'BODY_INVALID', 'The body is not JSON.', 'Send a JSON object.'],
    FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, 'BODY_INVALID', 'The body is not as long as it says.', 'Send it again.'],
    FST_ERR_BAD_URL: [400, 'URL_INVALID', 'The path is not a valid URL path.', 'Encode ids: / is %2F.'],
  };

interface FastifyFault extends Error {
  code?: string;
  statusCode?: number;
  validation?: { instancePath?: string; message?: string }[];
  validationContext?: string;
}

function ofFastify(error: unknown): HttpProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = '', statusCode, validation, validationContext } = error as FastifyFault;
  if (validation !== undefined) return ofValidation(validation, validationContext ?? 'body');
  const known = fastifyCodes[code];
  if (known !== undefined) return new HttpProblem(known[0], known[1], known[2], { remedy: known[3], cause: error });
  // The JSON parser's own errors have a status and no code; their texts may quote the body.
  if (statusCode === 400) return new HttpProblem(400, 'BODY_INVALID', 'The body is not JSON.', { cause: error });
  return undefined;
}

function ofValidation(validation: NonNullable<FastifyFault['validation']>, where: string): HttpProblem {
  const errors = validation.map(({ instancePath = '', message = 'is not valid' }) => ({
    path: `${where}${instancePath
      .replace(/\/$/, '')
      .replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]')
      .replaceAll('/', '.')}`,
    message,
  }));
  const count = errors.length === 1 ? 'one problem' : `${errors.length} problems`;
  return new HttpProblem(422, 'REQUEST_INVALID', `The request has ${count}.`, {
    errors,
    remedy: 'See /openapi.json for what is expected.',
  });
}

function unexpected(error: unknown): HttpProblem {
  return new HttpProblem(500, 'INTERNAL', 'Something went wrong that should not.', {
    remedy: 'The log of the bridge has it under the id in `instance`. Please report it.',
    cause: error,
  });
}
