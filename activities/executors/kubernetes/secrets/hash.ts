import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, string, number, object, Buffer>(scrypt);

/**
 * What stands for a value in history: `hash:` and 16 hex digits. Deliberately slow (scrypt, ~50 ms) and salted by object and
 * key: history is read by many, and a fast hash of a short password would be as good as the password.
 */
export async function valueHash(
  place: { namespace?: string; name: string },
  key: string,
  base64: string,
): Promise<string> {
  const salt = `${place.namespace ?? ''}/${place.name}/${key}`;
  const digest = await derive(base64, salt, 8, { N: 16_384, r: 8, p: 1 });
  return `hash:${digest.toString('hex')}`;
}

/** Of those of `keys` that are there. */
export async function hashesOf(
  place: { namespace?: string; name: string },
  data: Readonly<Record<string, string>>,
  keys: readonly string[],
): Promise<Record<string, string>> {
  const present = keys.filter((key) => Object.hasOwn(data, key));
  const hashes = await Promise.all(present.map((key) => valueHash(place, key, data[key] ?? '')));
  return Object.fromEntries(present.map((key, index) => [key, hashes[index] ?? '']));
}
