import { open } from 'node:fs/promises';

/** The end of a log file, for an error message. Empty when there is no such file. */
export async function lastLines(file: string, count = 12): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) {
    return '';
  }
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, 16_384);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-count).join('\n');
  } finally {
    await handle.close();
  }
}
