import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '../../../tools/progress';
import type { ServerSpec } from '../../../tools/servers/server-spec';

/** An empty machine in a temporary folder: PATH, cache and Go are what a test puts there. */
export class FakeMachine {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'kubernaut-unit-')));
  readonly bin = join(this.root, 'bin');
  readonly cache = join(this.root, 'cache');
  readonly lines: string[] = [];
  readonly progress: Progress = { line: (text) => void this.lines.push(text), live: () => {} };
  readonly platform = { os: 'linux', arch: 'amd64' };

  constructor() {
    mkdirSync(this.bin);
  }

  get env(): NodeJS.ProcessEnv {
    // The fakes are shell scripts, so the system's own commands must be there.
    return { PATH: `${this.bin}:/usr/bin:/bin`, KUBERNAUT_CACHE: this.cache, ROOT: this.root };
  }

  /** A shell script on PATH. */
  script(name: string, body: string): string {
    const file = join(this.bin, name);
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  /** A `go` whose `install` makes a server that calls itself `version`. Its calls are counted. */
  go(version = '1.2.3', before = ''): void {
    this.script(
      'go',
      `echo "$*" >> "$ROOT/go-calls"; ${before}
       printf '#!/bin/sh\\necho demo version ${version}\\n' > "$GOBIN/demo-server"; chmod +x "$GOBIN/demo-server"`,
    );
  }

  get goCalls(): string[] {
    const file = join(this.root, 'go-calls');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }
}

export function demoServer(release: Partial<ServerSpec['release']> = {}): ServerSpec {
  return {
    name: 'demo-server',
    version: '1.2.3',
    versionArgs: ['--version'],
    versionPattern: '^demo version (\\S+)',
    build: { package: 'example.com/demo/cmd/demo-server' },
    release: { url: 'http://127.0.0.1:1/v{version}/demo-{os}-{arch}', ...release },
  };
}
