import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

const run = promisify(execFile);

/** kubectl on the demo's own cluster: the demo's independent eyes, and its hands for staging the fault. */
export class Kubectl {
  constructor(
    private readonly binary: string,
    private readonly kubeconfig: string,
  ) {}

  async run(...args: string[]): Promise<string> {
    const { stdout } = await run(this.binary, ['--kubeconfig', this.kubeconfig, ...args], {
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout;
  }

  /** The value at a JSONPath of one object. */
  async value(object: string, namespace: string, jsonPath: string): Promise<string> {
    return (await this.run('get', object, '-n', namespace, '-o', `jsonpath=${jsonPath}`)).trim();
  }

  /** Reads until the reading is as wished. Throws with the last reading after `seconds`. */
  async until(
    what: string,
    read: () => Promise<string>,
    wished: (value: string) => boolean,
    seconds = 30,
  ): Promise<string> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const value = await read();
      if (wished(value)) return value;
      if (Date.now() > end) throw new Error(`${what} did not come true within ${seconds} s; last reading: ${value}`);
      await sleep(100);
    }
  }
}
