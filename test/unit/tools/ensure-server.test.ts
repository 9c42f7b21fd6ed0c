import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../tools/package-root';
import { runCommand } from '../../../tools/processes/run-command';
import { ensureServer } from '../../../tools/servers/ensure-server';
import { ensureServers } from '../../../tools/servers/ensure-servers';
import { waitFor } from '../../setup/wait-for';
import { demoServer, FakeMachine } from './fake-servers';

let machine: FakeMachine;
beforeEach(() => {
  machine = new FakeMachine();
});
afterEach(() => rmSync(machine.root, { recursive: true, force: true }));

const ensure = (spec = demoServer()): Promise<string> => ensureServer(spec, machine);

it('takes a server of exactly the pinned version from PATH', async () => {
  const file = machine.script('demo-server', 'echo demo version 1.2.3');
  await expect(ensure()).resolves.toBe(file);
});

it('does not take a near version from PATH, and says which it left alone', async () => {
  machine.script('demo-server', 'echo demo version 1.2.4');
  machine.go();
  const file = await ensure();
  expect(file.startsWith(machine.cache)).toBe(true);
  expect(machine.lines[0]).toContain(`(not used: ${machine.bin}/demo-server (1.2.4))`);
});

it('builds once and takes it from the cache afterwards, even without Go', async () => {
  machine.go();
  const built = await ensure();
  expect((await runCommand(built, [])).stdout).toBe('demo version 1.2.3\n');
  expect(machine.goCalls).toEqual(['install example.com/demo/cmd/demo-server@v1.2.3']);
  rmSync(join(machine.bin, 'go'));
  await expect(ensure()).resolves.toBe(built);
  expect(machine.lines.map((line) => line.replace(/[\d.]+ s$/, 'T'))).toEqual([
    'demo-server             1.2.3    building from Go modules …',
    'demo-server             1.2.3    built from Go modules, T',
    'demo-server             1.2.3    cached',
  ]);
});

it('builds again when the manifest entry has changed', async () => {
  machine.go();
  const first = await ensure();
  const second = await ensure({
    ...demoServer(),
    build: { package: 'example.com/demo/cmd/demo-server', variables: { 'a.B': 'c' } },
  });
  expect(second).not.toBe(first);
  expect(machine.goCalls[1]).toBe('install -ldflags -X a.B=c example.com/demo/cmd/demo-server@v1.2.3');
});

it('says which server could not be built, why, where the log is and what to do', async () => {
  machine.script('go', 'echo "main.go:3: undefined: x" >&2; exit 1');
  const error = await ensure().then(fail, (reason: Error) => reason.message);
  expect(error).toMatch(
    /^demo-server 1\.2\.3 could not be built from its Go module\n {2}\| .*\n {2}\| main\.go:3: undefined: x\n/,
  );
  const log = /log: +(\S+)/.exec(error)?.[1] ?? '';
  expect(readFileSync(log, 'utf8')).toContain('undefined: x');
  expect(error).toMatch(/remedy: .*install demo-server 1\.2\.3 by hand as .*demo-server$/);
});

it('names the network as the reason when Go cannot reach its proxy', async () => {
  machine.script('go', 'echo "Get \\"https://proxy/\\": dial tcp: lookup proxy: no such host" >&2; exit 1');
  await expect(ensure()).rejects.toThrow(/remedy: Go cannot reach its module proxy.*GOPROXY/);
});

it('says what to install and where to put it when there is no Go', async () => {
  const noGo = { ...machine, env: { ...machine.env, PATH: machine.bin } };
  const error = await ensureServer(demoServer(), noGo).then(fail, (reason: Error) => reason.message);
  expect(error).toContain('demo-server 1.2.3 is not on PATH and not in the cache, and there is no Go to build it');
  expect(error).toMatch(
    /Install Go .*Or download http:\/\/127\.0\.0\.1:1\/v1\.2\.3\/demo-linux-amd64, check it, and put the executable at (\S+)$/,
  );
  const place = /at (\S+)$/.exec(error)?.[1] ?? '';
  writeFileSync(place, 'by hand', { mode: 0o755 });
  await expect(ensureServer(demoServer(), noGo)).resolves.toBe(place);
});

it('does not put a binary into the cache that calls itself something else', async () => {
  machine.go('9.9.9');
  await expect(ensure()).rejects.toThrow('the binary calls itself 9.9.9');
  machine.go();
  await expect(ensure()).resolves.toContain(machine.cache);
});

it('knows the names of its manifest', async () => {
  await expect(ensureServers(['demo-sevrer'], { ...machine, manifest: [demoServer()] })).rejects.toThrow(
    /no server called demo-sevrer\n.*Choose from: demo-server\./,
  );
});

describe('with other processes', () => {
  /** A process of its own that does the same as `ensure()`. */
  function ensureInOtherProcess(): ChildProcess {
    const driver = join(machine.root, 'driver.ts');
    const source = join(packageRoot(), 'tools', 'servers', 'ensure-server');
    writeFileSync(
      driver,
      `const { ensureServer } = require(${JSON.stringify(source)});
       ensureServer(${JSON.stringify(demoServer())}).then(console.log);`,
    );
    const register = join(packageRoot(), 'test', 'setup', 'register-typescript.cjs');
    return spawn(process.execPath, ['--require', register, driver], {
      cwd: packageRoot(),
      env: machine.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  it('builds once when two need it at the same time', async () => {
    machine.go('1.2.3', 'sleep 1;');
    const outputs = await Promise.all(
      [ensureInOtherProcess(), ensureInOtherProcess()].map(async (child) => {
        let output = '';
        child.stdout!.on('data', (chunk) => (output += String(chunk)));
        await once(child, 'close');
        return output;
      }),
    );
    expect(outputs[0]).toMatch(/demo-server\n$/);
    expect(outputs[1]).toBe(outputs[0]);
    expect(machine.goCalls).toHaveLength(1);
  });

  it('leaves no compiler and no half a binary behind when it is killed during a build', async () => {
    machine.go('1.2.3', 'echo half > "$GOBIN/demo-server"; echo $$ > "$ROOT/compiler"; while :; do sleep 0.1; done;');
    const child = ensureInOtherProcess();
    const pid = await waitFor(
      () => Number(readFileSync(join(machine.root, 'compiler'), 'utf8')),
      (found) => found > 0,
    );
    child.kill('SIGKILL');
    await waitFor(
      () => runCommand('ps', ['-p', String(pid), '-o', 'pid=']),
      ({ stdout }) => stdout.trim() === '',
    );
    const [entry = ''] = readdirSync(join(machine.cache, 'servers'));
    await waitFor(
      () => readdirSync(join(machine.cache, 'servers', entry)),
      (files) => !files.some((name) => name.startsWith('build-')),
    );
    expect(existsSync(join(machine.cache, 'servers', entry, 'demo-server'))).toBe(false);
  });
});

function fail(): never {
  throw new Error('it did not fail');
}
