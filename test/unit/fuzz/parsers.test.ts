import { writeSync } from 'node:fs';
import { fc } from '../../setup/property';
import { hostileText, longTexts } from './hostile';
import { parsers } from './parsers';

/** `npm run fuzz` sets it; in the ordinary run a few of each must do. */
const given = process.env['KUBERNAUT_FUZZ_RUNS'];
const RUNS = Number(given ?? 100);
/** Processor time, not time on the clock, so that a busy machine counts nothing. Far above what any of them takes. */
const MAX_CPU_MS = 10_000;

jest.setTimeout(given === undefined ? 120_000 : 6 * 3600_000);

const table: string[] = [];
const tell = (line: string): void => {
  if (given !== undefined) writeSync(2, `${line}\n`);
};

describe.each(parsers)(
  'What reads a $name',
  ({ name, seeds, documents, limit, quickLimit = limit, long = [], read }) => {
    const values = documents ?? seeds.map((text) => JSON.parse(text) as unknown);

    test('neither crashes at hostile input nor makes anything of it', async () => {
      let accepted = 0;
      let cases = 0;
      const began = performance.now();
      await fc.assert(
        fc.asyncProperty(hostileText(seeds, values), async (text) => {
          if (await read(text)) accepted++;
          if (++cases % 10_000 === 0) tell(`  ${name}: ${cases} of ${RUNS}`);
        }),
        { numRuns: RUNS },
      );
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      table.push(
        `${name.padEnd(30)}${String(cases).padStart(9)}${String(accepted).padStart(10)}${seconds.padStart(9)} s`,
      );
      expect(cases).toBe(RUNS);
    });

    test('takes no longer for a hostile text of the greatest length than for any other', async () => {
      const slow: string[] = [];
      for (const text of [...long, ...longTexts(given === undefined ? quickLimit : limit)]) {
        const before = process.cpuUsage();
        await read(text);
        const { user, system } = process.cpuUsage(before);
        const ms = Math.round((user + system) / 1000);
        const line = `${name}: ${ms} ms for ${JSON.stringify(text.slice(0, 12))}…`;
        if (ms > 500) tell(`  ${line}`);
        if (ms > MAX_CPU_MS) slow.push(line);
      }
      expect(slow).toEqual([]);
    });
  },
);

afterAll(() => {
  tell(`\n${'parser'.padEnd(30)}${'cases'.padStart(9)}${'accepted'.padStart(10)}${'time'.padStart(11)}`);
  table.forEach(tell);
});
