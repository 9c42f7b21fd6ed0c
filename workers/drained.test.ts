import { drained } from './drained';

const said: string[] = [];
const logger = { info: (text: string) => void said.push(text) } as unknown as Parameters<typeof drained>[1]['logger'];
beforeEach(() => said.splice(0));
const never = new Promise<never>(() => undefined);

test('ends with the workers, and with what they failed of', async () => {
  const { signal } = new AbortController();
  await drained({ isIdle: () => false }, { running: Promise.resolve(), signal, logger });
  const failed = drained({ isIdle: () => true }, { running: Promise.reject(new Error('lost')), signal, logger });
  await expect(failed).rejects.toThrow('lost');
  expect(said).toEqual([]);
});

test('a poll that stays open is not waited for, but everything that is still under way is', async () => {
  const stop = new AbortController();
  let looks = 0;
  const ending = drained({ isIdle: () => ++looks > 2 }, { running: never, signal: stop.signal, logger });
  expect(looks).toBe(0);
  stop.abort();
  await ending;
  expect(looks).toBeGreaterThan(4);
  expect(said).toEqual([expect.stringContaining('still open')]);
});
