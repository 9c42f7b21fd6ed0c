import { Readable, Writable } from 'node:stream';
import type { CliIo } from './cli-io';
import { ask } from './prompt';

const io = (answer: string, signal = new AbortController().signal): CliIo =>
  ({
    stdin: answer === 'never' ? new Readable({ read: () => undefined }) : Readable.from([answer]),
    stderr: new Writable({ write: (_chunk, _encoding, done) => done() }),
    signal,
  }) as unknown as CliIo;

test.each([
  ['y\n', true],
  ['YES\n', true],
  ['y', true],
  ['n\n', false],
  ['\n', false],
  ['', false],
  ['yesterday\n', false],
  ['no\ny\n', false],
])('%j is %s', async (answer, expected) => {
  expect(await ask(io(answer), '? ')).toBe(expected);
});

test('Ctrl-C is a no', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 10);
  expect(await ask(io('never', stop.signal), '? ')).toBe(false);
});
