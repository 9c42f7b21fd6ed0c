import { readFileSync } from 'node:fs';
import type { SigningKey, VerifyingKey } from '../../../activities/audit/chain';
import { signingKeyOf, verifyingKeyOf } from '../../../activities/audit/keys';
import { ClientError, ClientErrorKind } from '../../errors';

const howTo =
  '`openssl genpkey -algorithm ed25519 -out audit.pem` and `openssl pkey -in audit.pem -pubout -out audit.pub` make a pair.';

/** An Ed25519 private key, PKCS #8 in PEM. The file is read now, and its content is never shown. */
export async function readSigningKey(file: string): Promise<SigningKey> {
  return read(file, 'private', signingKeyOf);
}

/** The public half, SPKI in PEM. */
export async function readVerifyingKey(file: string): Promise<VerifyingKey> {
  return read(file, 'public', verifyingKeyOf);
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
