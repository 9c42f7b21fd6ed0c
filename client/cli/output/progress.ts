import type { CliIo } from '../cli-io';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/**
 * Shows on stderr that something is going on, once it has taken a second; only on a terminal, so that logs and pipes stay
 * clean. `say` replaces the text while it goes on. The line is gone when `work` has ended.
 */
export async function withProgress<T>(
  io: CliIo,
  text: string,
  work: (say: (text: string) => void) => Promise<T>,
): Promise<T> {
  let shownText = text;
  const say = (now: string) => void (shownText = now);
  if (io.stderr.isTTY !== true) return work(say);
  const startedAt = Date.now();
  let frame = 0;
  let shown = false;
  const timer = setInterval(() => {
    const seconds = Math.floor((Date.now() - startedAt) / 1000);
    if (seconds < 1) return;
    shown = true;
    io.stderr.write(`\r\x1b[2K${frames[frame++ % frames.length]} ${shownText} (${seconds} s)`);
  }, 100);
  try {
    return await work(say);
  } finally {
    clearInterval(timer);
    if (shown) io.stderr.write('\r\x1b[2K');
  }
}
