import { createInterface } from 'node:readline';
import type { CliIo } from './cli-io';

/** A yes/no question on stderr, so that stdout can be piped; anything but y or yes is a no, the end of input too. */
export async function ask(io: CliIo, question: string): Promise<boolean> {
  io.stderr.write(question);
  const lines = createInterface({ input: io.stdin, terminal: false });
  const stop = (): void => lines.close();
  io.signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const line of lines) return /^y(es)?$/i.test(line.trim());
    return false;
  } finally {
    io.signal.removeEventListener('abort', stop);
    lines.close();
  }
}
