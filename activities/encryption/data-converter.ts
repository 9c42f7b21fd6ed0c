import { join } from 'node:path';
import type { DataConverter } from '@temporalio/common';
import type { EncryptionSettings } from '../../config/sections/encryption';
import { KubernautError } from '../../plan/errors';
import type { Secrets } from '../secrets';
import { KEY_BYTES, type PayloadKey } from './payload-cipher';
import { EncryptionCodec } from './payload-codec';

/**
 * Reads the keys, and makes what every client and worker of the namespace must have. Without settings nothing is encrypted;
 * what somebody else encrypted is then an error that says so.
 *
 * @throws {KubernautError} `PRECONDITION_FAILED` naming every key that cannot be read or is none
 */
export async function encryptedConverter(
  settings: Pick<EncryptionSettings, 'keys'> | undefined,
  secrets: Secrets,
): Promise<DataConverter> {
  const codec = new EncryptionCodec(settings === undefined ? [] : await payloadKeys(settings, secrets));
  return {
    payloadCodecs: [codec],
    ...(settings && { failureConverterPath: join(__dirname, 'failure-converter') }),
  };
}

/** @throws {KubernautError} as {@link encryptedConverter} */
export async function payloadKeys({ keys }: Pick<EncryptionSettings, 'keys'>, secrets: Secrets): Promise<PayloadKey[]> {
  const read = await Promise.allSettled(
    keys.map(async ({ id, key }): Promise<PayloadKey> => ({ id, secret: decodedKey(await secrets.read(key)) })),
  );
  const problems = read.flatMap((result, index) => {
    if (result.status === 'fulfilled') return [];
    const reason = result.reason instanceof Error ? result.reason.message : 'it cannot be read';
    return [`temporal.encryption.keys[${index}] (${keys[index]!.id}): ${reason}`];
  });
  if (problems.length > 0) {
    throw new KubernautError('PRECONDITION_FAILED', problems.join('\n'), {
      remedy: '`openssl rand -base64 32` makes a key; whoever has it can read everything, so keep it as a secret.',
    });
  }
  return read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

function decodedKey(text: string): Buffer {
  const trimmed = text.trim();
  const secret = Buffer.from(trimmed, 'base64');
  // Buffer skips what is no base64: only the way back shows that nothing was.
  if (secret.length !== KEY_BYTES || secret.toString('base64') !== trimmed) {
    throw new Error(`must be ${KEY_BYTES} bytes in base64`);
  }
  return secret;
}
