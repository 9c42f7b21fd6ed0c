import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubectl } from '../../setup';
import { CliLab } from './cli-lab';

let cli: CliLab;
let folder: string;
const id = 'remediation/INC-42/1';

/** Scaled after an approval, verified; then a step that cannot come true, so that all is undone. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubernaut-audit-'));
  cli = await CliLab.open();
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
  await cli.start(
    cli.plan('more-web', 4, { approval: true, steps }).replace('metadata: {', 'metadata: { incident: INC-42,'),
  );
  const { approvals } = await cli.lab.until(id, (status) => status.approvals.length > 0);
  await cli.run(`approve ${id} --digest 000000000000 --by bob`);
  await kubectl(['-n', cli.namespace, 'create', 'quota', 'full', '--hard=pods=6']);
  await cli.run(`approve ${id} --digest ${approvals[0]!.digest} --by ann`, ['--reason', 'looks <b>right</b>']);
  await cli.lab.remediations.result(id);
}, 120_000);
afterAll(async () => {
  await cli?.close();
  rmSync(folder, { recursive: true, force: true });
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
