import type { JsonObject } from '../../../../plan/json';
import type { LogTail } from '../pods/log-tail';
import { shownOutput } from '../pods/shown-output';
import type { EventLine } from '../reading/events';

export type BundleLog = { pod: string; container: string; previous?: true } & LogTail;

/** All that was collected; the digest is the same with less in it. */
export type Bundle = {
  object: JsonObject;
  /** From the object upwards, `ReplicaSet web-5d8f`. */
  owners: string[];
  /** In trouble first. */
  pods: JsonObject[];
  podCount: number;
  events: EventLine[];
  logs: BundleLog[];
  /** Something was left out to keep it small. */
  cut?: true;
};

/** JSON turns each line's end into two characters. */
const ESCAPED = 0.8;
const LEAST_LOG = 200;

/** Pure: the bundle in at most `maxBytes` of JSON. Logs give way first, then the oldest events, then the pods in least trouble. */
export function digestOf(bundle: Bundle, maxBytes: number): Bundle {
  if (sizeOf(bundle) <= maxBytes) return bundle;
  const digest: Bundle = { ...bundle, cut: true };
  const texts = bundle.logs.filter((each) => 'log' in each).length;
  const rest = sizeOf({ ...digest, logs: bundle.logs.map((each) => ('log' in each ? { ...each, log: '' } : each)) });
  const each = Math.max(LEAST_LOG, Math.floor(((maxBytes - rest) * ESCAPED) / Math.max(1, texts)));
  digest.logs = bundle.logs.map((entry) =>
    'log' in entry ? { ...entry, log: shownOutput(entry.log, { maxBytes: each }) } : entry,
  );
  while (sizeOf(digest) > maxBytes && digest.events.length > 5) digest.events = half(digest.events);
  while (sizeOf(digest) > maxBytes && digest.logs.length > 0) digest.logs = digest.logs.slice(0, -1);
  while (sizeOf(digest) > maxBytes && digest.pods.length > 0) digest.pods = digest.pods.slice(0, -1);
  while (sizeOf(digest) > maxBytes && digest.events.length > 0) digest.events = digest.events.slice(0, -1);
  return digest;
}

function sizeOf(bundle: Bundle): number {
  return Buffer.byteLength(JSON.stringify(bundle));
}

function half<T>(list: readonly T[]): T[] {
  return list.slice(0, Math.floor(list.length / 2));
}
