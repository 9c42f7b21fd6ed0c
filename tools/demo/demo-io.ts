import pc from 'picocolors';

/** What the demo says, to a person or to a file: colours only on a terminal, and never with NO_COLOR. */
export interface DemoIo {
  title(text: string): void;
  say(text: string): void;
  block(text: string): void;
  ok(text: string): void;
  colors: ReturnType<typeof pc.createColors>;
}

export function demoIo(stream: NodeJS.WriteStream = process.stdout): DemoIo {
  const colors = pc.createColors(Boolean(stream.isTTY) && !process.env['NO_COLOR']);
  const write = (text: string) => void stream.write(`${text}\n`);
  return {
    colors,
    title: (text) => write(`\n${colors.bold(text)}\n${'─'.repeat(text.length)}`),
    say: write,
    block: (text) => write(text.replace(/^/gm, '  ')),
    ok: (text) => write(`${colors.green('✓')} ${text}`),
  };
}
