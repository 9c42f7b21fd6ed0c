import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditRecord } from '../../../activities/audit/reader/audit-record';
import { PolicyStore } from '../../../activities/policy/policy-store';
import { parseSettings } from '../../../config/parse-settings';
import { auditEvents, kubectl, waitFor } from '../../setup';
import { policyText } from '../policy/policy-lab';
import { CliLab, withAllRights } from './cli-lab';

let cli: CliLab;
let folder: string;
let policies: PolicyStore;
/** Of the preview, as the person was asked about it. */
let digest: string;
const id = 'remediation/INC-42/1';

/** Scaled after an approval, verified; then a step that cannot come true, so that all is undone. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubernaut-audit-'));
  const rules = [
    { name: 'watched', reason: 'look first', when: 'plan.name == "more-web"', approval: { deadline: '30m' } },
  ];
  writeFileSync(join(folder, 'policy.yaml'), policyText(rules));
  const settings = parseSettings(
    { policy: { mode: 'auto', defaults: false, files: [join(folder, 'policy.yaml')] } },
    'test',
  );
  policies = new PolicyStore(settings.policy, { pollMs: 60_000 });
  const policy = { store: policies, policy: settings.policy, clusters: settings.clusters };
  cli = await CliLab.open(withAllRights, { policy });
  await kubectl(['-n', cli.namespace, 'create', 'deployment', 'api', '--image=nginx', '--replicas=1']);
  const steps = `    - id: restart
      action: restart_deployment
      target: Deployment/${cli.namespace}/api
      dependsOn: [scale]
    - id: soak
      action: wait
      params: { for: 2s }
      dependsOn: [restart]
    - id: impossible
      action: scale_deployment
      target: Deployment/${cli.namespace}/api
      params: { replicas: 3 }
      timeout: 3s
      retry: { attempts: 1 }
      verify: { timeout: 2s }
      dependsOn: [soak]
`;
  // The quota leaves room for the surge of the restart, not for the last step.
  const origin =
    'incident: INC-42, investigation: { id: req-7, url: "https://holmes.example/req-7", confidence: 0.9 },';
  await cli.start(cli.plan('more-web', 4, { approval: true, steps }).replace('metadata: {', `metadata: { ${origin}`));
  const { approvals } = await cli.lab.until(id, (status) => status.approvals.length > 0);
  digest = approvals[0]!.digest;
  await cli.run(`approve ${id} --digest 000000000000 --by bob`);
  await kubectl(['-n', cli.namespace, 'create', 'quota', 'full', '--hard=pods=6']);
  await cli.run(`approve ${id} --digest ${digest} --by ann`, ['--reason', 'looks <b>right</b>']);
  await cli.lab.remediations.result(id);
});
afterAll(async () => {
  await cli?.close();
  policies?.close();
  if (cli !== undefined) await kubectl(['delete', 'namespace', cli.namespace, '--wait=false']);
  rmSync(folder, { recursive: true, force: true });
});

test('the audit of a real run has each fact: who asked and why, rules, digest, answers, attempts, before, effect, evidence, undo', async () => {
  const { exitCode, stdout } = await cli.run(`audit ${id} -o json`);
  expect(exitCode).toBe(0);
  const records = JSON.parse(stdout) as AuditRecord[];
  const one = (wanted: Partial<AuditRecord>): AuditRecord => {
    const found = records.filter((record) =>
      Object.entries(wanted).every(([key, value]) => record[key as never] === value),
    );
    expect([wanted, found.length]).toEqual([wanted, 1]);
    return found[0]!;
  };
  expect(one({ kind: 'started' })).toMatchObject({
    ...{ what: 'plan more-web', by: 'alice', reason: 'more load', summary: 'INC-42' },
    investigation: { id: 'req-7', url: 'https://holmes.example/req-7', confidence: 0.9 },
    planHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  const { policy } = one({ kind: 'policy' });
  expect(policy).toMatchObject({ verdict: 'approval', mode: 'auto', version: policies.current.version });
  expect(policy!.rules.map(({ rule, reason }) => [rule, reason])).toContainEqual(['own/watched', 'look first']);
  expect(one({ kind: 'approval' })).toMatchObject({ what: 'approval of plan', status: 'done' });
  expect(one({ kind: 'steering', by: 'bob' })).toMatchObject({ what: 'approve', status: 'refused' });
  expect(one({ kind: 'steering', by: 'ann' })).toMatchObject({
    ...{ what: 'approve', status: 'done', digest, reason: 'looks <b>right</b>' },
  });

  const target = `default: Deployment/${cli.namespace}/web`;
  const of = (phase: string) => records.filter(({ step, phase: is }) => step === 'scale' && is === phase);
  expect(of('validate')[0]).toMatchObject({
    ...{ target, before: expect.anything() as object },
    diff: [{ path: '/spec/replicas', before: 2, after: 4 }],
  });
  const uid = expect.stringMatching(/-/) as string;
  const acting = { target, operation: `${id}/scale`, changed: true, uid };
  expect(of('execute')).toEqual([expect.objectContaining({ ...acting, data: expect.anything() as object })]);
  expect(of('verify')).toEqual([expect.objectContaining({ data: expect.objectContaining({ ready: 4 }) as object })]);
  expect(of('rollback')).toEqual([expect.objectContaining(acting)]);
  const tried = records.filter(({ kind, phase }) => kind === 'activity' && phase !== undefined);
  expect(tried.filter(({ attempts = 0, identity }) => attempts < 1 || identity === undefined)).toEqual([]);
  // On a busy machine its time may be over before it has come to its verification.
  const failed = tried.filter(({ step, status }) => step === 'impossible' && status !== 'done');
  expect(failed.map(({ failure }) => failure?.message)).toContainEqual(expect.stringMatching(/./));
  const ended = records.at(-1)!;
  expect(ended.undone!.filter((step) => step !== 'impossible')).toEqual(['restart', 'scale']);
  expect(ended).toMatchObject({
    ...{ kind: 'ended', what: 'rolled_back', digest },
    steps: expect.arrayContaining([expect.objectContaining({ id: 'scale', status: 'undone' })]) as object,
  });
  // What the API server saw of it is what it tells.
  const mine = { namespace: cli.namespace, name: 'web', userAgent: `${id}/scale` };
  const writes = await auditEvents({ ...mine, writesOnly: true, dryRuns: false });
  expect(writes.filter(({ responseStatus }) => responseStatus?.code === 200)).toHaveLength(2);
});

test('the report of a real run tells outcome, changes, who refused and approved, and the undo', async () => {
  const file = join(folder, 'report.html');
  const { exitCode, stdout } = await cli.run(`report ${id} --html ${file}`);
  expect([exitCode, stdout]).toEqual([0, `Wrote ${file}\n`]);
  const page = readFileSync(file, 'utf8');
  expect(page).toContain('<span class="badge warn">rolled back</span>');
  expect(page).toMatch(
    /\/spec\/replicas<\/td>\s*<td class="mono">\s*<span class="before">2<\/span> → <span class="after">4</,
  );
  expect(page).toContain('req-7, https://holmes.example/req-7, confidence 0.9');
  expect(page).toContain('looks &lt;b&gt;right&lt;/b&gt;');
  expect(page).toContain('is not what is waiting for approval');
  expect(page).toContain('↩ undone');
  expect(statSync(file).size).toBeLessThan(100_000);
  expect(await cli.replicas()).toBe(2);
});

test('a report of nothing says so, and one that cannot be written too', async () => {
  expect((await cli.run('report remediation/nothing/1 --html -')).exitCode).toBe(3);
  expect((await cli.run(`report ${id} --html ${folder}/no/where.html`)).exitCode).toBe(2);
});

test('search finds by a target of any step, by person, action and outcome, in pages, and says what it had to read', async () => {
  await cli.start(cli.plan('note', 2));
  await cli.lab.remediations.result('remediation/note/1');
  const search = async (filters: string) => {
    const { exitCode, stdout, stderr } = await cli.run(`audit search ${filters} -o json`);
    expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
    const { found, ...rest } = JSON.parse(stdout) as { found: { id: string }[]; nextPage?: string; histories: number };
    return { ids: found.map((each) => each.id), stderr, ...rest };
  };
  const both = await waitFor(
    () => search('--since 1h'),
    ({ ids }) => ids.length === 2,
  );
  expect(both).toMatchObject({ ids: ['remediation/note/1', id], histories: 0 });
  expect(await search('--outcome rolled_back')).toMatchObject({ ids: [id], histories: 0 });
  const second = await search(`--target Deployment/${cli.namespace}/api`);
  expect(second).toMatchObject({ ids: [id], histories: 2 });
  expect(second.stderr).toContain('Visibility cannot answer --target: 2 histories were read for it.');
  expect((await search('--by bob')).ids).toEqual([id]);
  expect((await search('--by alice --action restart_deployment')).ids).toEqual([id]);
  expect((await search("--by nobody' --until 1h")).ids).toEqual([]);
  const first = await search('--since 1h --limit 1');
  expect(first.ids).toEqual(['remediation/note/1']);
  expect((await search(`--since 1h --limit 1 --page ${first.nextPage}`)).ids).toEqual([id]);
  expect((await search('--by bob --histories 1')).nextPage).toBeDefined();
  expect((await cli.run('audit search --page nonsense')).exitCode).toBe(2);
});

test('export writes each remediation once, as a chain of signed segments that verify; a change is found', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const [key, pub, to] = [join(folder, 'a.pem'), join(folder, 'a.pub'), join(folder, 'export')];
  writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(pub, publicKey.export({ type: 'spki', format: 'pem' }));
  const exported = async () => {
    const { exitCode, stdout, stderr } = await cli.run(`audit export --to ${to} --key ${key} -o json`);
    expect([exitCode, stderr]).toEqual([0, '']);
    return JSON.parse(stdout) as { runs: number; known: number; head: string; file?: string };
  };
  const first = await exported();
  expect(first).toMatchObject({ runs: 2, known: 0, file: join(to, 'segment-000001.ndjson') });
  expect(await exported()).toMatchObject({ runs: 0, known: 2, head: first.head });
  await cli.start(cli.plan('later', 3));
  await cli.lab.remediations.result('remediation/later/1');
  const second = await waitFor(exported, ({ runs }) => runs === 1);
  expect(second).toMatchObject({ known: 2, file: join(to, 'segment-000002.ndjson') });

  const verify = (more: string) => cli.run(`audit verify ${to} --key ${pub}${more}`);
  expect(await verify(` --head ${second.head}`)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^✓ whole: 2/),
  });
  const lines = readFileSync(first.file!, 'utf8');
  expect(lines).toContain('"by":"ann"');
  writeFileSync(first.file!, lines.replace('"by":"ann"', '"by":"eve"'));
  const changed = await verify('');
  expect(changed.exitCode).toBe(9);
  expect(changed.stdout).toMatch(/segment-000001\.ndjson:\d+: it does not follow the line before/);
  const refused = await cli.run(`audit export --to ${to} --key ${key}`);
  expect(refused).toMatchObject({ exitCode: 8, stderr: expect.stringContaining('is damaged') });
  writeFileSync(first.file!, lines);
  rmSync(second.file!);
  expect((await verify('')).exitCode).toBe(0);
  expect((await verify(` --head ${second.head}`)).exitCode).toBe(9);
});
