import { setTimeout as sleep } from 'node:timers/promises';

/** Of one worker process, MiB, as it tells on `/metrics`. */
export interface WorkerMemory {
  rss: number;
  /** Heap of the main thread; that of the workflow thread is only part of the RSS. */
  heap: number;
  /** Workflows in the sticky cache. */
  cached: number;
}

const MIB = 2 ** 20;

/** Once it has settled: the reading after which the RSS did not change by more than 1 % for 4 s; the last one after 30 s. */
export async function settledMemory(url: string): Promise<WorkerMemory> {
  let last = await readMemory(url);
  for (let quiet = 0, tries = 0; quiet < 2 && tries < 15; tries++) {
    await sleep(2_000);
    const now = await readMemory(url);
    quiet = Math.abs(now.rss - last.rss) <= last.rss * 0.01 ? quiet + 1 : 0;
    last = now;
  }
  return last;
}

export async function readMemory(url: string): Promise<WorkerMemory> {
  const response = await fetch(`${url}/metrics`);
  const text = await response.text();
  return {
    rss: value(text, 'process_resident_memory_bytes') / MIB,
    heap: value(text, 'nodejs_heap_size_used_bytes') / MIB,
    cached: value(text, 'temporal_sticky_cache_size'),
  };
}

/** Sum over all label sets of a metric; 0 when there is none. */
function value(text: string, name: string): number {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
