import type { Client } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils';
import { EncryptionCodec, isEncrypted } from './payload-codec';

/**
 * The history of a run with everything in it decrypted: the client itself hands histories out as they are stored.
 *
 * @throws WorkflowNotFoundError when there is no such run
 * @throws KubernautError as {@link EncryptionCodec.decode}, also when this client has no keys at all: an audit with holes in
 * it would look like one of a run in which nothing happened
 */
export async function readableHistory(client: Client, workflowId: string, runId?: string): Promise<History> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  await decrypt(client, history);
  return history;
}

/** Decrypts every payload in `message`, wherever it is, in place. */
export async function decrypt(client: Client, message: object): Promise<void> {
  const { payloadCodecs } = client.options.loadedDataConverter;
  const codecs = payloadCodecs.length > 0 ? payloadCodecs : [new EncryptionCodec([])];
  for (const payload of encryptedIn(message)) {
    let decoded: Payload[] = [payload];
    for (const codec of codecs.toReversed()) decoded = await codec.decode(decoded);
    const [{ metadata, data } = {}] = decoded;
    Object.assign(payload, { metadata, data });
  }
  restoreFailures(message);
}

function* objectsIn(value: unknown): Generator<object> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  yield value;
  for (const each of Object.values(value)) yield* objectsIn(each);
}

function* encryptedIn(message: object): Generator<Payload> {
  for (const each of objectsIn(message)) {
    if ('metadata' in each && 'data' in each && isEncrypted(each as Payload)) yield each as Payload;
  }
}

interface EncodedFailure {
  encodedAttributes: Payload;
  message?: string;
  stackTrace?: string;
}

/** Encrypted failures have their texts in a payload of their own; see failure-converter.ts. */
function restoreFailures(message: object): void {
  for (const each of objectsIn(message)) {
    if (!('encodedAttributes' in each) || !each.encodedAttributes) continue;
    const failure = each as EncodedFailure;
    const texts = defaultPayloadConverter.fromPayload<{ message?: string; stack_trace?: string }>(
      failure.encodedAttributes,
    );
    failure.message = texts.message ?? '';
    failure.stackTrace = texts.stack_trace ?? '';
  }
}
