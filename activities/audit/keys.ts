import { createPublicKey } from 'node:crypto';
import { calculateJwkThumbprint, type CryptoKey, exportJWK, importPKCS8, importSPKI } from 'jose';
import type { SigningKey, VerifyingKey } from './chain';

/**
 * An Ed25519 private key, PKCS #8 in PEM.
 *
 * @throws {Error} whose message may hold what was given: never show it
 */
export async function signingKeyOf(pem: string): Promise<SigningKey> {
  const key = await importPKCS8(pem, 'EdDSA');
  const publicPem = createPublicKey(pem).export({ type: 'spki', format: 'pem' }) as string;
  return { key, ...(await verifyingKeyOf(publicPem)) };
}

/** The public half, SPKI in PEM. */
export async function verifyingKeyOf(pem: string): Promise<VerifyingKey> {
  const publicKey = await importSPKI(pem, 'EdDSA', { extractable: true });
  return { publicKey, id: await thumbprint(publicKey) };
}

async function thumbprint(key: CryptoKey): Promise<string> {
  return calculateJwkThumbprint(await exportJWK(key));
}
