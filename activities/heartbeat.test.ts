import { startHeartbeat, type Progress } from './heartbeat';

describe('A heartbeat', () => {
  beforeEach(() => jest.useFakeTimers({ now: 0 }));
  afterEach(() => jest.useRealTimers());

  test('beats by itself with the latest progress, and stops when told', () => {
    const sent: Progress[] = [];
    const heartbeat = startHeartbeat((progress) => sent.push(progress), 3_000);
    jest.advanceTimersByTime(2_500);
    heartbeat.progress('half way', { done: 5 });
    jest.advanceTimersByTime(1_000);
    heartbeat.stop();
    jest.advanceTimersByTime(60_000);
    expect(sent.map(({ message }) => message)).toEqual(['started', 'started', 'half way', 'half way']);
    expect(sent.at(-1)).toMatchObject({ details: { done: 5 }, at: '1970-01-01T00:00:02.500Z' });
  });

  test('a phase that is over within a second sends nothing, unless it has something to say', () => {
    const sent: Progress[] = [];
    const silent = startHeartbeat((progress) => sent.push(progress), 10_000);
    jest.advanceTimersByTime(900);
    silent.stop();
    jest.advanceTimersByTime(60_000);
    expect(sent).toEqual([]);
    const talking = startHeartbeat(
      (progress) => sent.push(progress),
      10_000,
      () => Date.now(),
    );
    talking.progress('reading the cluster');
    talking.stop();
    expect(sent.map(({ message }) => message)).toEqual(['reading the cluster']);
  });

  test('a chatty action sends twice a second at most', () => {
    const sent: Progress[] = [];
    const heartbeat = startHeartbeat((progress) => sent.push(progress), 30_000);
    for (let i = 0; i < 1_000; i++) {
      heartbeat.progress(`pod ${i}`);
      jest.advanceTimersByTime(1);
    }
    heartbeat.stop();
    expect(sent.length).toBeLessThanOrEqual(3);
  });

  test('keeps what it sends small and free of secrets', () => {
    const sent: Progress[] = [];
    const heartbeat = startHeartbeat((progress) => sent.push(progress), 3_000);
    jest.advanceTimersByTime(600);
    heartbeat.progress(`token=abc ${'x'.repeat(1_000)}`, { big: 'y'.repeat(2_000) });
    heartbeat.stop();
    expect(sent.at(-1)!.message).toHaveLength(300);
    expect(sent.at(-1)!.message).not.toContain('abc');
    expect(sent.at(-1)!.details).toEqual({ omitted: 'too large' });
  });
});
