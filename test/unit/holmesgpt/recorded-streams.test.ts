import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { readHolmesStream } from '../../../activities/investigation/holmes-stream';

const captures = join(__dirname, '..', '..', '..', '..', 'shared', 'holmesgpt', 'captures');
const recorded = existsSync(captures);
if (!recorded) process.stderr.write('skipped: recorded streams of HolmesGPT are not here\n');

interface Recorded {
  request: { url: string };
  response?: { sse?: { event: string; data: unknown }[] };
}

(recorded ? test : test.skip)(
  'every recorded stream of /api/chat gives its answer, or a code of the catalogue',
  async () => {
    const ends: Record<string, number> = {};
    for (const version of readdirSync(captures)) {
      for (const file of readdirSync(join(captures, version))) {
        const { request, response } = JSON.parse(readFileSync(join(captures, version, file), 'utf8')) as Recorded;
        if (response?.sse === undefined || !request.url.endsWith('/api/chat')) continue;
        const text = response.sse
          .map(({ event, data }) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
          .join('');
        const end = await readHolmesStream(Readable.from([Buffer.from(text)]), 1_000_000, () => undefined).then(
          ({ analysis }) => typeof analysis,
          (error: { code?: string }) => error.code ?? 'unknown',
        );
        ends[end] = (ends[end] ?? 0) + 1;
      }
    }
    expect(Object.keys(ends).sort()).toEqual([
      'HOLMES_BUSY',
      'HOLMES_FAILED',
      'HOLMES_MODEL_UNAUTHORIZED',
      'HOLMES_NONSENSE',
      'string',
    ]);
  },
);
