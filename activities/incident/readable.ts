import { KubernautError } from '../../plan/errors';

/** Missing rights or kinds narrow what is known, and with it what may be recommended; an API server that is away is waited for. */
export async function readable<T>(notes: string[], read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const narrow = error instanceof KubernautError && !error.retryable && error.code !== 'CANCELLED';
    if (!narrow) throw error;
    notes.push(error.message.slice(0, 200));
    return undefined;
  }
}
