/** What watches a worker of the bench; absent: nothing. */
export interface Watching {
  /** Port of `/metrics`. */
  metrics?: number;
  /** URL of the collector. */
  traces?: string;
  /** `audit` of the settings: a key and sinks. */
  audit?: object;
}
