import { existsSync, watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import type { PolicySettings } from '../../config/sections/policy';
import type { PolicySet } from '../../plan/policy/evaluate';
import { defaultPolicyFile, policySet } from './load-policies';

export interface PolicyStoreOptions {
  /** Told about every change that took effect, and every one that did not. */
  onReload?: (result: { version: string; problem?: string }) => void;
  /** How often files are looked at where the file system reports nothing. Milliseconds, default 5 s. */
  pollMs?: number;
}

/** Files change in several steps; whoever saves one should not see it refused half-written. */
const SETTLE_MS = 100;

/** The policies in force. A broken file never takes effect: the last good set stays, and `problem` says what is wrong. */
export class PolicyStore {
  private set: PolicySet;
  private broken: string | undefined;
  private readonly watchers: FSWatcher[] = [];
  private timer: NodeJS.Timeout | undefined;
  private poll: NodeJS.Timeout | undefined;

  /** @throws {KubernautError} `POLICY_INVALID`: there is no last good set to begin with */
  constructor(
    private readonly settings: PolicySettings,
    private readonly options: PolicyStoreOptions = {},
  ) {
    this.set = policySet(settings);
  }

  get current(): PolicySet {
    return this.set;
  }

  /** Why the files as they are now are not in force; undefined: they are. */
  get problem(): string | undefined {
    return this.broken;
  }

  /** Follows the files until `close`. Keeps no process alive. */
  watch(): this {
    const paths = [...this.settings.files, ...(this.settings.defaults ? [defaultPolicyFile()] : [])];
    for (const folder of new Set(paths.flatMap((path) => [path, dirname(path)]).filter((path) => existsSync(path)))) {
      const watcher = watch(folder, { persistent: false }, () => this.soon());
      watcher.on('error', () => watcher.close());
      this.watchers.push(watcher);
    }
    this.poll = setInterval(() => this.reload(), this.options.pollMs ?? 5_000);
    this.poll.unref();
    return this;
  }

  reload(): void {
    const before = { version: this.set.version, broken: this.broken };
    try {
      this.set = policySet(this.settings);
      this.broken = undefined;
    } catch (error) {
      this.broken = error instanceof Error ? error.message : String(error);
    }
    if (before.version === this.set.version && before.broken === this.broken) return;
    this.options.onReload?.({ version: this.set.version, ...(this.broken !== undefined && { problem: this.broken }) });
  }

  close(): void {
    clearTimeout(this.timer);
    clearInterval(this.poll);
    for (const watcher of this.watchers) watcher.close();
  }

  private soon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.reload(), SETTLE_MS);
    this.timer.unref();
  }
}
