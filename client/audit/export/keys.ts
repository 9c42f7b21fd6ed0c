import { readFileSync } from 'node:fs';
import { calculateJwkThumbprint, type CryptoKey, exportJWK, importPKCS8, importSPKI } from 'jose';
import { createPublicKey } from 'node:crypto';
import type { SigningKey, VerifyingKey } from '../../../activities/audit/chain';
import { ClientError, ClientErrorKind } from '../../errors';

const howTo =
  '`openssl genpkey -algorithm ed25519 -out audit.pem` and `openssl pkey -in audit.pem -pubout -out audit.pub` make a pair.';

/** An Ed25519 private key, PKCS #8 in PEM. The file is read now, and its content is never shown. */
export async function readSigningKey(file: string): Promise<SigningKey> {
  return read(file, 'private', async (pem) => {
    const key = await importPKCS8(pem, 'EdDSA');
    const publicPem = createPublicKey(pem).export({ type: 'spki', format: 'pem' }) as string;
    const publicKey = await importSPKI(publicPem, 'EdDSA', { extractable: true });
    return { key, publicKey, id: await thumbprint(publicKey) };
  });
}

/** The public half, SPKI in PEM. */
export async function readVerifyingKey(file: string): Promise<VerifyingKey> {
  return read(file, 'public', async (pem) => {
    const publicKey = await importSPKI(pem, 'EdDSA', { extractable: true });
    return { publicKey, id: await thumbprint(publicKey) };
  });
}

async function read<K>(file: string, half: string, load: (pem: string) => Promise<K>): Promise<K> {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ClientError(ClientErrorKind.invalid, `The key ${file} cannot be read: ${(error as Error).message}`, {
      remedy: howTo,
    });
  }
  try {
    return await load(pem);
  } catch {
    // The cause might show the key.
    throw new ClientError(ClientErrorKind.invalid, `${file} is no Ed25519 ${half} key in PEM form.`, { remedy: howTo });
  }
}

async function thumbprint(key: CryptoKey): Promise<string> {
  return calculateJwkThumbprint(await exportJWK(key));
}
