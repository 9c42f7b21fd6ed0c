import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
export const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key of 32 bytes under the name that payloads carry. */
export interface PayloadKey {
  id: string;
  secret: Buffer;
}

/**
 * AES-256-GCM, under a key of each payload's own: HKDF-SHA256 of the secret with a random salt. GCM with random nonces must not
 * be used more than 2^32 times under one key, which a busy namespace would reach in weeks; so no key need ever be changed for
 * that. What comes out is salt (16 bytes), nonce (12), ciphertext, tag (16). The id of the key is associated data.
 */
export function seal({ id, secret }: PayloadKey, plain: Uint8Array): Buffer {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, derived(secret, salt), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated(id));
  return Buffer.concat([salt, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** `undefined`: not sealed with this key, or changed since. */
export function unseal({ id, secret }: PayloadKey, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < SALT_BYTES + NONCE_BYTES + TAG_BYTES) return undefined;
  const bodyAt = SALT_BYTES + NONCE_BYTES;
  const tagAt = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(
    CIPHER,
    derived(secret, sealed.subarray(0, SALT_BYTES)),
    sealed.subarray(SALT_BYTES, bodyAt),
    { authTagLength: TAG_BYTES },
  );
  decipher.setAAD(associated(id));
  decipher.setAuthTag(sealed.subarray(tagAt));
  const plain = decipher.update(sealed.subarray(bodyAt, tagAt));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    // The only way in which `final` fails; what was decrypted so far is nobody's to see.
    return undefined;
  }
}

function derived(secret: Buffer, salt: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, 'kubernaut payload', KEY_BYTES));
}

function associated(id: string): Buffer {
  return Buffer.from(`kubernaut payload 1 ${id}`);
}
