import { KubernautError } from '../../../../plan/errors';
import type { Cluster, KubeObject, ListQuery } from '../../../cluster/cluster';
import type { Clock } from '../../../contract';

/** A listing this old is taken anew even when the watch is silent: a dead connection must not look like a quiet cluster. */
const RELIST_EVERY_MS = 60_000;
const RETRY_MS = { first: 250, most: 5_000 };

/**
 * The objects of one query as they are now: list, then watch from there, and again when the watch ends. `onChange` is called
 * after the first list, after every event and on `problem`; it decides nothing, it only wakes its owner.
 */
export class Mirror {
  private readonly objects = new Map<string, KubeObject>();
  /** True after the first list. Before that the emptiness of `items` means nothing. */
  synced = false;
  /** Set when the query can never be answered (FORBIDDEN, no such kind): the owner must give up. */
  fatal: KubernautError | undefined;
  /** Set while the API server cannot be reached. */
  trouble: string | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly clock: Clock,
    private readonly query: ListQuery,
    private readonly onChange: () => void,
  ) {}

  items(): KubeObject[] {
    return [...this.objects.values()];
  }

  /** Runs until `signal` aborts or `fatal` is set; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    let wait = RETRY_MS.first;
    while (!signal.aborted) {
      try {
        const { items, resourceVersion } = await this.cluster.list(this.query);
        this.replaceAll(items);
        wait = RETRY_MS.first;
        const startedAt = this.clock.now();
        await this.follow(resourceVersion, signal);
        // A watch that ends at once each time (a proxy that does not stream) must not become a busy loop.
        if (this.clock.now() - startedAt < 1_000) await this.clock.sleep(RETRY_MS.first, signal);
      } catch (error) {
        if (signal.aborted) return;
        const known =
          error instanceof KubernautError ? error : new KubernautError('INTERNAL', String(error), { cause: error });
        if (!known.retryable || known.code === 'INTERNAL') {
          this.fatal = known;
          this.onChange();
          return;
        }
        this.trouble = known.message;
        this.onChange();
        await this.clock.sleep(known.retryAfterMs ?? wait, signal).catch(() => undefined);
        wait = Math.min(wait * 2, RETRY_MS.most);
      }
    }
  }

  private async follow(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const turn = new AbortController();
    const end = () => turn.abort();
    signal.addEventListener('abort', end, { once: true });
    const relist = setTimeout(end, RELIST_EVERY_MS);
    relist.unref();
    try {
      for await (const event of this.cluster.watch(this.query, { resourceVersion, signal: turn.signal })) {
        if (event.type === 'BOOKMARK') continue;
        if (event.type === 'DELETED') this.objects.delete(event.object.metadata.uid);
        else this.objects.set(event.object.metadata.uid, event.object);
        this.onChange();
      }
    } finally {
      clearTimeout(relist);
      signal.removeEventListener('abort', end);
    }
  }

  private replaceAll(items: KubeObject[]): void {
    this.objects.clear();
    for (const item of items) this.objects.set(item.metadata.uid, item);
    this.synced = true;
    this.trouble = undefined;
    this.onChange();
  }
}
