import type { Payload, PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { KubernautError } from '../../plan/errors';
import { type PayloadKey, seal, unseal } from './payload-cipher';

const { Payload: PayloadMessage } = temporal.api.common.v1;

const ENCODING = 'binary/encrypted';
const CIPHER = 'AES-256-GCM';
const keyIdField = 'encryption-key-id';
const remedy = 'Name every key that was ever used in `temporal.encryption.keys`; those after the first only decrypt.';

/** Whether a payload was encrypted by {@link EncryptionCodec}. */
export function isEncrypted({ metadata }: Payload): boolean {
  return textOf(metadata?.['encoding']) === ENCODING;
}

/**
 * Encrypts whole payloads, metadata included. The first key encrypts, all of them decrypt. What is not encrypted passes
 * through `decode` as it is: runs from before encryption go on, and so does what other tools send, as `temporal workflow signal`.
 */
export class EncryptionCodec implements PayloadCodec {
  private readonly keys: ReadonlyMap<string, PayloadKey>;
  private readonly first: PayloadKey | undefined;

  /** @param keys none: nothing is encrypted, and what is cannot be read, which `decode` then says */
  constructor(keys: readonly PayloadKey[]) {
    this.keys = new Map(keys.map((key) => [key.id, key]));
    this.first = keys[0];
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    const { first } = this;
    if (first === undefined) return payloads;
    return payloads.map((payload) => ({
      metadata: {
        encoding: Buffer.from(ENCODING),
        'encryption-cipher': Buffer.from(CIPHER),
        [keyIdField]: Buffer.from(first.id),
      },
      data: seal(first, PayloadMessage.encode(payload).finish()),
    }));
  }

  /** @throws KubernautError `PRECONDITION_FAILED` for a key that is not there, `PAYLOAD_DAMAGED`; neither shows any content */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (isEncrypted(payload) ? this.decrypt(payload) : payload));
  }

  private decrypt({ metadata, data }: Payload): Payload {
    const id = textOf(metadata?.[keyIdField]);
    const key = this.keys.get(id);
    if (key === undefined) {
      const known = this.keys.size === 0 ? 'no key is configured' : `there is ${[...this.keys.keys()].join(', ')}`;
      throw new KubernautError(
        'PRECONDITION_FAILED',
        `a payload is encrypted with the key ${named(id)}, but ${known}`,
        {
          remedy,
        },
      );
    }
    const plain = unseal(key, data ?? new Uint8Array());
    if (plain === undefined) {
      throw new KubernautError(
        'PAYLOAD_DAMAGED',
        `a payload cannot be decrypted with the key ${key.id}: it was changed, or the key is another one of that name`,
      );
    }
    return PayloadMessage.decode(plain);
  }
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}

/** It comes with the payload: text of whoever wrote that. */
function named(id: string): string {
  return /^[\w.-]{1,64}$/.test(id) ? id : '(no valid id)';
}
