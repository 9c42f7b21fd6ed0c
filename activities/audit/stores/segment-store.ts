/** Where the segments of one chain are kept. What is there is never changed, nor written over. */
export interface SegmentStore {
  /** For people and errors: `s3://audit/prod/`. */
  readonly place: string;
  /**
   * Writes a new segment, wholly or not at all, and answers when it is kept for good. `exists`: there is one of that name, and it
   * was left as it is.
   *
   * @throws KubernautError `UNAVAILABLE`, `UNAUTHORIZED`, `FORBIDDEN`: nothing is known of what was kept
   */
  put(name: string, body: string): Promise<'kept' | 'exists'>;
  /** `undefined`: there is none of that name. */
  get(name: string): Promise<string | undefined>;
}

export function segmentFileName(segment: number): string {
  return `segment-${String(segment).padStart(6, '0')}.ndjson`;
}
