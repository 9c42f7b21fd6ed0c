import type { Writable } from 'node:stream';

export function writeLine(stream: Writable, text: string): void {
  if (text !== '') stream.write(text.endsWith('\n') ? text : `${text}\n`);
}
