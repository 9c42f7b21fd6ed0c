import type { Payload } from '@temporalio/common';
import { z } from 'zod';

/** Of one page of a history there are some hundred. */
const MAX_PAYLOADS = 10_000;

const bytes = z.base64('must be base64');

/** What both endpoints take and answer: payloads as JSON of protobuf, bytes in base64. Other members are of later versions. */
export const wirePayloads = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), bytes).optional(), data: bytes.optional() }))
    .max(MAX_PAYLOADS)
    // Protobuf leaves empty lists out.
    .default([]),
});
export type WirePayloads = z.output<typeof wirePayloads>;

export function fromWire({ payloads }: WirePayloads): Payload[] {
  return payloads.map(({ metadata = {}, data }) => ({
    metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, Buffer.from(value, 'base64')])),
    ...(data !== undefined && { data: Buffer.from(data, 'base64') }),
  }));
}

export function toWire(payloads: readonly Payload[]): WirePayloads {
  const text = (value: Uint8Array): string => Buffer.from(value).toString('base64');
  return {
    payloads: payloads.map(({ metadata, data }) => ({
      metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([key, value]) => [key, text(value)])),
      ...(data && { data: text(data) }),
    })),
  };
}
