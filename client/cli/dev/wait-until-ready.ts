import { setTimeout as sleep } from 'node:timers/promises';

export interface ReadyOptions {
  /** `http://127.0.0.1:9464/readyz`. */
  url: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/** Waits until a worker says that it is ready; `false` when it does not in time. Rejects when the signal aborts. */
export async function waitUntilReady({ url, timeoutMs, signal }: ReadyOptions): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    signal.throwIfAborted();
    if (await isReady(url)) return true;
    await sleep(200, undefined, { signal });
  }
  return false;
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    return response.ok;
  } catch {
    return false;
  }
}
