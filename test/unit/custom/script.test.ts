import { spawnSync } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../../plan/json';
import { waitFor } from '../../setup/wait-for';
import { CANARY, failureOf, localServer, runCustom } from './custom-run';

const hasSandbox = spawnSync('bwrap', ['--version']).status === 0;
// Skipped tests are counted, so a machine without it shows: apt-get install bubblewrap.
const sandboxed = hasSandbox ? describe : describe.skip;

const folder = mkdtempSync(join(tmpdir(), 'kubernaut-scripts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function pinned(text: string) {
  const file = `script-${++files}.sh`;
  const content = text.startsWith('#!') ? text : `#!/bin/bash\n${text}\n`;
  writeFileSync(join(folder, file), content);
  return { file, sha256: createHash('sha256').update(content).digest('hex') };
}

interface Options {
  args?: JsonObject;
  script?: object;
  scripts?: object;
  action?: string;
  deadlineMs?: number;
  env?: Record<string, string>;
}
function prepare(text: string, { args, script, scripts, action = 'script', deadlineMs = 30_000, env }: Options = {}) {
  return runCustom({
    action,
    params: { script: 'it', ...(args && { args }) },
    settings: {
      scripts: {
        folder,
        catalogue: { it: { description: 'a test', ...pinned(text), limits: { seconds: 10 }, ...script } },
        ...scripts,
      },
    },
    deadlineMs,
    ...(env && { env }),
  });
}
async function run(text: string, options: Options = {}) {
  const it = prepare(text, options);
  const validation = await it.validate();
  const effect = await it.execute(validation);
  const evidence = await it.verify(validation, effect);
  expect(it.seen()).not.toContain(CANARY);
  return { it, effect, evidence, stdout: String(effect.data['stdout']), stderr: String(effect.data['stderr']) };
}

/** Processes of the whole machine whose command line holds `text`. */
function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return line.includes(text) ? [line] : [];
      } catch {
        return [];
      }
    });
}

/** The kernel ends what is left in the namespace; bwrap does not wait until it has. */
async function gone(text: string): Promise<void> {
  await waitFor(
    () => processesWith(text),
    (left) => left.length === 0,
    { timeout: 4_000, what: 'the end of what was left' },
  );
}

sandboxed('script', () => {
  test('gets its arguments as JSON and its operation; its end is the evidence', async () => {
    const schema = {
      type: 'object',
      properties: { n: { type: 'integer' } },
      required: ['n'],
      additionalProperties: false,
    };
    const { effect, evidence, stdout } = await run('cat; echo " $KUBERNAUT_OPERATION_ID $PWD"', {
      args: { n: 3 },
      script: { args: schema },
    });
    expect(stdout).toBe('{"n":3} remediation/shop/1/step /tmp\n');
    expect(effect).toMatchObject({ changed: true, data: { exitCode: 0 }, irreversible: ['script it was run'] });
    expect(evidence).toMatchObject({ verified: true, data: { readBack: false, exitCode: 0 } });
  });

  test('validate runs nothing of it', async () => {
    const server = await localServer();
    const it = prepare(`exec 3<>/dev/tcp/127.0.0.1/${server.port}; echo hello >&3`, { script: { network: true } });
    const validation = await it.validate();
    expect(validation.diff).toEqual([
      { path: '/script', after: { name: 'it', sha256: expect.any(String), args: {}, network: true } },
    ]);
    expect(validation.warnings).toEqual(['a test', 'it may use the network']);
    expect(server.requests).toEqual([]);
    await server.close();
  });

  test('another code than 0 is an effect that is not verified, with the end of its output', async () => {
    const { effect, evidence, stderr } = await run('echo half >&2; exit 3');
    expect(effect).toMatchObject({ changed: true, data: { exitCode: 3 } });
    expect(stderr).toBe('half\n');
    expect(evidence).toMatchObject({ verified: false, data: { exitCode: 3 } });
  });

  test('is run a second time only where it is repeatable', async () => {
    const once = prepare('true');
    const validation = await once.validate();
    expect(await failureOf(once.execute(validation, 2))).toMatchObject({ code: 'PRECONDITION_FAILED' });
    const often = prepare('true', { script: { repeatable: true } });
    expect(await often.execute(await often.validate(), 2)).toMatchObject({ data: { exitCode: 0 } });
  });

  test('secrets are in its environment, and in nothing that it writes', async () => {
    const { stdout, stderr } = await run(
      'test ${#TOKEN} = 15 && echo "t=$TOKEN"; echo -n "$TOKEN" | base64; echo "$TOKEN" >&2',
      {
        script: { secrets: { TOKEN: { env: 'SECRET' } } },
      },
    );
    expect(stdout).toContain('t=[redacted]');
    expect(stdout).not.toContain(Buffer.from(CANARY).toString('base64'));
    expect(stderr).toBe('[redacted]\n');
    await gone(CANARY);
  });

  describe('in its sandbox', () => {
    test('there is no network, not even the worker’s loopback, unless it is allowed', async () => {
      const server = await localServer();
      const call = `exec 3<>/dev/tcp/127.0.0.1/${server.port} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3`;
      expect((await run(call)).evidence.verified).toBe(false);
      expect(server.requests).toHaveLength(0);
      expect((await run(call, { script: { network: true } })).stdout).toContain('200 OK');
      expect(server.requests).toHaveLength(1);
      await server.close();
    });

    test('there are no files of the worker, and none can be written but in its own /tmp', async () => {
      writeFileSync(join(folder, 'secret'), CANARY, { mode: 0o644 });
      const { stdout } = await run(`
        for path in /etc/passwd /etc/shadow /root /home ${folder}/secret ${process.cwd()}/package.json /proc/1/root/etc/passwd /var /sys; do
          if test -e $path; then echo "saw $path"; fi
        done
        for path in /x /usr/x /script /dev/x /dev/shm/x /proc/sysrq-trigger /etc/x; do
          if (echo x > $path) 2>/dev/null; then echo "wrote $path"; fi
        done
        echo x > /tmp/x && ls /tmp`);
      expect(stdout).toBe('x\n');
    });

    test('nothing of the worker’s environment is there', async () => {
      process.env['KUBERNAUT_TEST_LEAK'] = CANARY;
      try {
        const { stdout } = await run(
          `/usr/bin/env | cut -d= -f1 | sort | tr '\\n' ' '; cat /proc/*/environ | tr '\\0' '\\n' | grep -c LEAK`,
        );
        expect(stdout).toBe('HOME KUBERNAUT_OPERATION_ID LANG PATH PWD SHLVL _ 0\n');
      } finally {
        delete process.env['KUBERNAUT_TEST_LEAK'];
      }
    });

    test('it is nobody, without capabilities, alone with its own processes, and cannot make namespaces of its own', async () => {
      const { stdout } = await run(`
        id -u; grep -E '^(CapEff|NoNewPrivs)' /proc/self/status | tr -d '\\t'; ls -d /proc/[0-9]* | wc -l
        unshare --user --map-root-user true 2>/dev/null && echo namespace
        mount -t tmpfs none /tmp 2>/dev/null && echo mounted
        prlimit --pid $$ --nproc=100000 2>/dev/null && echo raised
        hostname`);
      const [user, capabilities, privileges, processes, ...rest] = stdout.trim().split('\n');
      expect([user, capabilities, privileges]).toEqual(['65534', 'CapEff:0000000000000000', 'NoNewPrivs:1']);
      expect(Number(processes)).toBeLessThan(8);
      expect(rest).toEqual(['sandbox']);
    });

    test('a fork bomb stays small and is gone in the end', async () => {
      const mark = `600.${randomInt(1e9)}`;
      const { evidence, stdout } = await run(
        `for i in $(seq 60); do sleep ${mark} & done 2>/dev/null; jobs -p | wc -l; b() { b | b & }; b; sleep ${mark}`,
        { script: { limits: { seconds: 1, processes: 16, outputKiB: 10_240 } } },
      );
      expect(evidence).toMatchObject({ verified: false });
      expect(Number(stdout.trim() || 0)).toBeLessThanOrEqual(16);
      await gone(mark);
    });

    test('memory, file sizes and /tmp are bounded', async () => {
      const { stdout } = await run(
        `perl -e 'my $x = "x" x (256 * 1024 * 1024); print "allocated\\n"' 2>/dev/null
         head -c 8M /dev/zero > /tmp/large 2>/dev/null; stat -c %s /tmp/large
         for i in 1 2 3 4; do head -c 900K /dev/zero > /tmp/part$i; done 2>/dev/null; du -sk /tmp | cut -f1`,
        { script: { limits: { memoryMiB: 128, tmpMiB: 2 } } },
      );
      const [large, all] = stdout.trim().split('\n').map(Number);
      expect(large).toBeLessThanOrEqual(2 * 1024 * 1024);
      expect(all).toBeLessThanOrEqual(2 * 1024);
    });

    test('a flood of output ends it', async () => {
      const { effect, evidence } = await run('yes', { script: { limits: { outputKiB: 64 } } });
      expect(effect.data).toMatchObject({ ended: 'output' });
      expect(JSON.stringify(effect).length).toBeLessThan(16 * 1024);
      expect(evidence).toMatchObject({ verified: false, summary: expect.stringContaining('wrote more than it may') });
    });

    test('its time is bounded, also for what it leaves in the background', async () => {
      const mark = `600.${randomInt(1e9)}`;
      const { effect } = await run(`setsid nohup sleep ${mark} & trap '' TERM; sleep ${mark}`, {
        script: { limits: { seconds: 0.5 } },
      });
      expect(effect).toMatchObject({ data: { ended: 'time' }, summary: expect.stringContaining('at its time limit') });
      await gone(mark);
      const { effect: quick } = await run(`setsid nohup sleep ${mark} >/dev/null 2>&1 &`);
      expect(quick).toMatchObject({ data: { exitCode: 0 } });
      await gone(mark);
    });

    test('CPU time is bounded', async () => {
      const { evidence } = await run('while :; do :; done', { script: { limits: { cpuSeconds: 1, seconds: 25 } } });
      expect(evidence).toMatchObject({ verified: false });
      expect(evidence.data['ended']).toBeUndefined();
    });

    test('it ends when the step is told to stop', async () => {
      const mark = `600.${randomInt(1e9)}`;
      const it = prepare(`sleep ${mark}`);
      const validation = await it.validate();
      const reason = new Error('stop');
      const running = it.execute(validation);
      setTimeout(() => it.abort.abort(reason), 200);
      await expect(running).rejects.toBe(reason);
      await gone(mark);
    });
  });

  test('a file that is not the one that was pinned is not run', async () => {
    const it = prepare('true');
    const validation = await it.validate();
    writeFileSync(join(folder, `script-${files}.sh`), '#!/bin/bash\necho evil\n');
    expect(await failureOf(it.execute(validation))).toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining('is not the one that kubernaut.yaml pins'),
    });
    const pinnedAnew = { ...validation, before: { sha256: '0'.repeat(64) } };
    expect(await failureOf(it.execute(pinnedAnew))).toMatchObject({ code: 'TARGET_CHANGED' });
  });

  test.each<[string, object, string]>([
    ['a file that is not there', { file: 'nothing.sh' }, 'cannot be read'],
    ['a link out of its folder', { file: 'link.sh' }, 'lies outside its folder'],
    ['a secret that is missing', { secrets: { TOKEN: { env: 'NOT_SET' } } }, 'a secret is missing'],
  ])('validate refuses %s', async (_, script, message) => {
    rmSync(join(folder, 'link.sh'), { force: true });
    symlinkSync('/usr/bin/env', join(folder, 'link.sh'));
    const failure = await failureOf(prepare('true', { script }).validate());
    expect(failure).toMatchObject({ code: 'PRECONDITION_FAILED', message: expect.stringContaining(message) });
  });

  test('all that is wrong with its arguments is said at once', async () => {
    const schema = {
      type: 'object',
      properties: { shard: { type: 'integer', minimum: 1 }, mode: { enum: ['soft', 'hard'] } },
      required: ['shard'],
      additionalProperties: false,
    };
    const failure = await failureOf(
      prepare('true', { script: { args: schema }, args: { mode: 'x', other: 1 } }).validate(),
    );
    expect(failure.code).toBe('PARAMS_INVALID');
    for (const part of ["must have required property 'shard'", 'params/args/mode', '(other)']) {
      expect(failure.message).toContain(part);
    }
    expect(await failureOf(prepare('true', { args: { any: 1 } }).validate())).toMatchObject({ code: 'PARAMS_INVALID' });
    expect(await failureOf(prepare('true', { script: { args: { type: 'objekt' } } }).validate())).toMatchObject({
      code: 'SETTINGS_INVALID',
    });
  });

  describe('with an undo', () => {
    const undoable = (undo: string) => {
      const server = prepare('true', { action: 'script_with_undo', script: { undo: pinned(undo) } });
      return server;
    };

    test('the undo gets the same arguments and is told what is known of the first', async () => {
      const it = undoable('cat; echo " $KUBERNAUT_EXECUTED $KUBERNAUT_OPERATION_ID"');
      const validation = await it.validate();
      expect(validation.diff.map(({ path }) => path)).toEqual(['/script', '/undo']);
      const effect = await it.execute(validation);
      expect(await it.rollback(validation, effect)).toMatchObject({
        data: { stdout: '{} yes remediation/shop/1/step\n' },
      });
      expect(await it.rollback(validation)).toMatchObject({ data: { stdout: '{} unknown remediation/shop/1/step\n' } });
    });

    test('an undo that fails is an error', async () => {
      const it = undoable('exit 1');
      const validation = await it.validate();
      expect(await failureOf(it.rollback(validation))).toMatchObject({ code: 'VERIFICATION_FAILED' });
    });

    test('a script without one is refused beforehand, and `script` has none', async () => {
      expect(await failureOf(prepare('true', { action: 'script_with_undo' }).validate())).toMatchObject({
        code: 'PRECONDITION_FAILED',
        message: 'the script it has no undo',
      });
      const it = prepare('true');
      expect(await failureOf(it.rollback(await it.validate()))).toMatchObject({ code: 'UNDO_IMPOSSIBLE' });
    });
  });
});

describe('script without a sandbox', () => {
  test('is refused where bubblewrap is not installed', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = folder;
    try {
      expect(await failureOf(prepare('true').validate())).toMatchObject({
        code: 'PRECONDITION_FAILED',
        message: 'scripts cannot be run: bwrap (bubblewrap) is not installed',
      });
    } finally {
      process.env['PATH'] = path;
    }
  });

  test('runs where the settings say so, with a warning; its environment, time and output stay bounded', async () => {
    const it = prepare('pwd; /usr/bin/env | cut -d= -f1 | sort | tr "\\n" " "; yes', {
      scripts: { sandbox: 'none' },
      script: { limits: { seconds: 5, outputKiB: 16 } },
    });
    const validation = await it.validate();
    expect(validation.warnings).toContain('it runs without a sandbox, as the settings say');
    const { data } = await it.execute(validation);
    expect(data).toMatchObject({ ended: 'output' });
    const [place = ''] = String(data['stdout']).split('\n');
    expect(place).toContain('kubernaut-script-');
    expect(existsSync(place)).toBe(false);
  });

  test('one that is not in the settings is unknown', async () => {
    const it = runCustom({ action: 'script', params: { script: 'constructor' } });
    expect(await failureOf(it.validate())).toMatchObject({ code: 'PRECONDITION_FAILED' });
  });
});
