import type { SegmentLines } from '../verify-chain';
import { type SegmentStore, segmentFileName } from './segment-store';

/** A store need not list what it has: beyond a segment that is missing, so many more are asked for. */
const LOOK_BEYOND = 10;

/** The segments of a store in order, up to the first after which nothing comes. One that is missing shows as a gap in the chain. */
export async function* storedSegments(store: SegmentStore): AsyncGenerator<SegmentLines> {
  let missing = 0;
  for (let segment = 1; missing <= LOOK_BEYOND; segment++) {
    const name = segmentFileName(segment);
    const body = await store.get(name);
    if (body === undefined) {
      missing++;
      continue;
    }
    missing = 0;
    yield { file: `${store.place.replace(/\/?$/, '/')}${name}`, lines: body.split('\n') };
  }
}
