import { KubernautError } from '../../../../plan/errors';

/** An error of the server may quote what it refuses; a value must not get out that way. */
export async function guarded<T>(values: Record<string, string>, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof KubernautError)) throw error;
    const plain = Object.values(values).flatMap((value) => [value, Buffer.from(value, 'base64').toString('utf8')]);
    const told = plain.some((value) => value !== '' && error.message.includes(value));
    if (!told) throw error;
    throw new KubernautError(error.code, 'the server refused the new values (its message is not shown: it quotes one)');
  }
}
