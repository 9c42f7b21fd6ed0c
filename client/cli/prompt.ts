import { createInterface } from 'node:readline/promises';
import type { CliIo } from './cli-io';

/** A yes/no question on stderr, so that stdout can be piped; anything but y or yes is a no, the end of input too. */
export async function ask(io: CliIo, question: string): Promise<boolean> {
  const lines = createInterface({ input: io.stdin, output: io.stderr, terminal: false });
  try {
    io.stderr.write(question);
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    const answer = await Promise.race([lines.question('', { signal: io.signal }), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
