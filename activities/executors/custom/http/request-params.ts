import { z } from 'zod';
import type { ActionContext } from '../../../contract';
import { compileCel } from '../../../../plan/cel';
import { durationMs } from '../../../../plan/duration';
import { KubernautError } from '../../../../plan/errors';
import type { HttpHostSettings } from '../../../../config/sections/custom/http-hosts';
import { isSecretName } from '../../../redact';

/** A header that would change where the request goes or how it is framed; and ours. */
const RESERVED =
  /^(host|content-length|transfer-encoding|connection|upgrade|te|trailer|expect|idempotency-key|proxy-.*)$/i;

/** Names are checked here and not as keys of the record: zod would only say "invalid key". */
function checkNames(secrets: boolean) {
  return (headers: object, context: z.RefinementCtx) => {
    for (const name of Object.keys(headers)) {
      const message = problemOfName(name, secrets);
      if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message });
    }
  };
}

function problemOfName(name: string, secrets: boolean): string | undefined {
  if (name.length > 64 || !/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) return 'is no header name';
  if (RESERVED.test(name)) return 'is set by Kubernaut or by HTTP itself';
  if (!secrets && isSecretName(name)) return 'sounds like a secret, and a plan is kept in history: use secretHeaders';
  return undefined;
}

export const headersSchema = z
  .record(
    z.string(),
    z
      .string()
      .max(1024)
      .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII'),
  )
  .superRefine(checkNames(false))
  .default({})
  .describe('Headers, without credentials.');

export const secretHeadersSchema = z
  .record(
    z.string(),
    z.strictObject({
      secret: z
        .string()
        .min(1)
        .max(63)
        .describe('Name of the secret at this host in kubernaut.yaml (`http.hosts[].secrets`).'),
      prefix: z
        .string()
        .max(32)
        .regex(/^[\x20-\x7e]*$/)
        .default('')
        .describe('Text before it: `Bearer `.'),
    }),
  )
  .superRefine(checkNames(true))
  .default({})
  .describe(
    'Headers whose value is a secret that kubernaut.yaml gives to this host. The secret itself is never in a plan.',
  );

export const urlSchema = z
  .string()
  .max(2048)
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'must be an http(s) URL')
  .refine((text) => !URL.canParse(text) || (new URL(text).username === '' && new URL(text).password === ''), {
    message: 'must not hold credentials; use secretHeaders',
  });

const status = z.int().min(100).max(599);
export const statusesSchema = z.array(status).min(1).max(20);

/** A Go-style duration between `min` and `max` milliseconds. */
export function durationSchema(min: number, max: number) {
  return z.string().superRefine((text, context) => {
    try {
      const ms = durationMs(text);
      if (ms < min || ms > max) context.addIssue({ code: 'custom', message: `must be between ${min} and ${max} ms` });
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  });
}

export const celSchema = z.string().superRefine((text, context) => {
  try {
    compileCel(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
  }
});

/**
 * Reads the secrets of the headers, as the rule of the host allows them.
 *
 * @throws {KubernautError} `PRECONDITION_FAILED` for a secret that the host does not have, that is absent, or that cannot be
 * a header's value; the value is never told
 */
export async function readSecretHeaders(
  ctx: ActionContext,
  rule: HttpHostSettings,
  secretHeaders: z.output<typeof secretHeadersSchema>,
): Promise<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, { secret, prefix }] of Object.entries(secretHeaders)) {
    const ref = Object.hasOwn(rule.secrets, secret) ? rule.secrets[secret] : undefined;
    if (ref === undefined) {
      throw new KubernautError(
        'PRECONDITION_FAILED',
        `the host ${rule.host} has no secret ${secret} in kubernaut.yaml`,
        {
          remedy: 'Add it to `secrets` of the host, or correct the name.',
        },
      );
    }
    headers[name] = prefix + headerValue(await ctx.secrets.read(ref), `the secret ${secret}`);
  }
  return headers;
}

/** A broken value would otherwise be quoted by the HTTP library's error. */
export function headerValue(value: string, what: string): string {
  if (/^[\x20-\x7e]+$/.test(value)) return value;
  throw new KubernautError(
    'PRECONDITION_FAILED',
    `${what} cannot be sent in a header: it is empty or not one line of ASCII`,
  );
}
