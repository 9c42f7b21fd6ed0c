import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReconciledLog } from '../../../client/audit/reconcile/reconcile-log';
import { auditEvents, kubectl, testEnvironment, waitFor } from '../../setup';
import { temporaryFolder } from '../../setup/temporary-folder';
import { connectAs } from '../kubernetes/fixtures';
import { CliLab } from './cli-lab';

const folder = temporaryFolder('reconcile');
const everything = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
const id = 'remediation/scaled/1';
let cli: CliLab;
let account: string;

/** A worker under an account of its own, whose plan scales `web` and is aborted, hence undone: two effects. */
beforeAll(async () => {
  cli = await CliLab.open((namespace) => connectAs(namespace, [everything]));
  const steps = `    - { id: soak, action: wait, params: { for: 1h }, dependsOn: [scale] }\n`;
  await cli.start(cli.plan('scaled', 4, { steps }));
  await cli.lab.until(id, (status) =>
    status.steps.some(({ id: step, status: is }) => step === 'soak' && is === 'executing'),
  );
  await cli.run(`abort ${id} --by ann`);
  await cli.lab.remediations.result(id);
  const [first] = await auditEvents({ namespace: cli.namespace, name: 'web', userAgent: `execute ${id}/scale` });
  account = first!.user.username;
  expect(account).toMatch(/^system:serviceaccount:/);
  // Only what lies within the time of the log is looked for there: something later must stand in it.
  await kubectl(['create', 'configmap', 'later', '-n', cli.namespace]);
  await waitFor(
    () => auditEvents({ namespace: cli.namespace, resource: 'configmaps', name: 'later', verbs: ['create'] }),
    (found) => found.length > 0,
    { what: 'the end of the audit log' },
  );
});
afterAll(async () => {
  await cli?.close();
  if (cli !== undefined) await kubectl(['delete', 'namespace', cli.namespace, '--wait=false']);
});

async function reconciled(log = testEnvironment().auditLogPath): Promise<ReconciledLog & { exitCode: number }> {
  const { exitCode, stdout } = await cli.run('audit reconcile -o json', ['--log', log, '--user', account]);
  return { exitCode, ...(JSON.parse(stdout) as ReconciledLog) };
}

test('every change of a worker is explained by the histories, and every effect of them was seen by the API server', async () => {
  const report = await reconciled();
  expect(report).toMatchObject({ exitCode: 0, whole: true, claims: 2, found: 2, unexplained: [], unfound: [] });
  expect(report.explained).toBe(report.requests);
  expect(report.requests).toBeGreaterThanOrEqual(2);
});

test('an effect of which the API server knows nothing is named', async () => {
  const log = join(folder, 'audit.log');
  const without = readFileSync(testEnvironment().auditLogPath, 'utf8')
    .split('\n')
    .filter((line) => !line.includes(`rollback ${id}/scale`));
  writeFileSync(log, without.join('\n'));
  const report = await reconciled(log);
  expect(report).toMatchObject({ exitCode: 9, whole: false, claims: 2, found: 1, unexplained: [] });
  expect(report.unfound).toEqual([
    expect.objectContaining({ workflowId: id, why: 'the API server stored no request of it' }),
  ]);
});

test('what somebody else does with the account of the worker is named, with its audit ID and the nearest run', async () => {
  await kubectl(['scale', 'deployment/web', '--replicas=1', '-n', cli.namespace, '--as', account]);
  const writes = await auditEvents({ namespace: cli.namespace, name: 'web', writesOnly: true, userAgent: 'kubectl/' });
  const report = await reconciled();
  expect(report).toMatchObject({ exitCode: 9, whole: false, claims: 2, found: 2, unfound: [] });
  expect(report.unexplained).toEqual([
    {
      call: expect.objectContaining({ auditId: writes.at(-1)!.auditID, user: account, name: 'web' }) as object,
      why: expect.stringMatching(/^made with Kubernaut’s account, but by kubectl/) as string,
      nearest: expect.objectContaining({ workflowId: id, sameObject: true }) as object,
    },
  ]);
});
