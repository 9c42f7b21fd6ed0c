import type { DataConverter } from '@temporalio/common';
import { encryptedConverter } from '../../activities/encryption/data-converter';
import { environmentSecrets } from '../../activities/secrets';
import { encryptionSchema } from '../../config/sections/encryption';

/** `temporal.encryption` of every test that encrypts, and the environment with its key. */
export const testEncryption = encryptionSchema.parse({ keys: [{ id: '2026-11', key: { env: 'KEY' } }] });
/** Always the same, so that whoever reads the histories of the whole run afterwards can read these too. */
export const testEncryptionEnv = { KEY: Buffer.alloc(32, 'of the tests').toString('base64') };

export function testDataConverter(): Promise<DataConverter> {
  return encryptedConverter(testEncryption, environmentSecrets(testEncryptionEnv));
}
