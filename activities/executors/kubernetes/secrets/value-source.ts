import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { KubernautError } from '../../../../plan/errors';
import type { KubeObject } from '../../../cluster/cluster';
import type { ActionContext } from '../../../contract';
import { dataKey } from '../objects/data-key';

const CHARSETS = {
  alphanumeric: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  lowercase: 'abcdefghijklmnopqrstuvwxyz0123456789',
  hex: '0123456789abcdef',
  printable: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#%+,-./:=?@^_~',
} as const;

export const generator = z.strictObject({
  length: z.int().min(16).max(512).default(32).describe('Characters. Default 32.'),
  charset: z
    .enum(Object.keys(CHARSETS) as Array<keyof typeof CHARSETS>)
    .default('alphanumeric')
    .describe('Default alphanumeric.'),
});
export type Generator = z.output<typeof generator>;

export const objectName = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/,
    'must be the name of an object: lower case letters, digits, - and .',
  );

/** Where one value comes from. Never the value itself: params stand in the plan and in history. */
export const valueSource = z.union([
  z.strictObject({
    configured: z.string().min(1).max(63).describe('Name under `actions.kubernetes.secrets.values` of the settings.'),
  }),
  z.strictObject({
    secret: z.strictObject({
      namespace: objectName
        .optional()
        .describe('Default: the target’s own. Another one must be allowed by the settings.'),
      name: objectName,
      key: dataKey,
    }),
  }),
  z.strictObject({ generate: generator }),
]);
export type ValueSource = z.output<typeof valueSource>;

/** Reads a value from where it is, base64. `undefined`: it will be generated. */
export async function readSource(
  ctx: ActionContext,
  source: ValueSource,
  namespace: string,
): Promise<string | undefined> {
  if ('generate' in source) return undefined;
  if ('configured' in source) {
    const ref = ctx.settings.kubernetes.secrets.values[source.configured];
    if (!ref) {
      const names = Object.keys(ctx.settings.kubernetes.secrets.values).join(', ') || 'none';
      throw refused(
        `the settings allow no value ${source.configured} (actions.kubernetes.secrets.values has: ${names})`,
      );
    }
    return Buffer.from(await ctx.secrets.read(ref), 'utf8').toString('base64');
  }
  const { key, ...place } = source.secret;
  const data = dataOf(await readSourceSecret(ctx, place, namespace));
  const value = data[key];
  if (value === undefined) throw refused(`Secret ${place.name} has no key ${key}`);
  return value;
}

/** @throws PRECONDITION_FAILED for a Secret the settings do not allow, or one that belongs to its ServiceAccount alone */
export async function readSourceSecret(
  ctx: ActionContext,
  { namespace, name }: { namespace?: string; name: string },
  own: string,
): Promise<KubeObject> {
  const from = namespace ?? own;
  const allowed = ctx.settings.kubernetes.secrets.copyFrom.some(
    (each) => each.namespace === from && (each.names === undefined || each.names.includes(name)),
  );
  if (from !== own && !allowed) {
    throw refused(`the settings do not allow copying Secret ${from}/${name} (actions.kubernetes.secrets.copyFrom)`);
  }
  const secret = await ctx.cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace: from, name });
  if (secret.type === 'kubernetes.io/service-account-token') {
    throw refused(`Secret ${from}/${name} is the token of a ServiceAccount and is never copied`);
  }
  return secret;
}

export function dataOf(secret: KubeObject): Record<string, string> {
  return (secret.data ?? {}) as Record<string, string>;
}

/** Base64, each character drawn on its own from the operating system's generator. */
export function generate({ length, charset }: Generator): string {
  const characters = CHARSETS[charset];
  const text = Array.from({ length }, () => characters[randomInt(characters.length)]).join('');
  return Buffer.from(text, 'utf8').toString('base64');
}

/** For diffs: what the value will be, as far as that can be told. */
export function describeGenerator({ length, charset }: Generator): string {
  return `generated: ${length} characters, ${charset}`;
}

function refused(message: string): KubernautError {
  return new KubernautError('PRECONDITION_FAILED', message);
}
