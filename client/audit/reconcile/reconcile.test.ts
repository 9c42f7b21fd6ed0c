import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { userAgentOf } from '../../../activities/cluster/user-agent';
import { USER_AGENT } from '../../../activities/cluster/version';
import type { AuditRecord } from '../../../activities/audit/reader/audit-record';
import { type ApiCall, apiCallOf } from './api-call';
import { readAuditLog } from './read-audit-log';
import { reconcile, type ReconcileOptions, type RunRecords } from './reconcile';

const SA = 'system:serviceaccount:kubernaut:worker';
const base = Date.parse('2026-11-24T10:00:00Z');
const at = (seconds: number) => new Date(base + seconds * 1000).toISOString();
const op = 'remediation/web/1/scale';

const execute = (more: Partial<AuditRecord> = {}): AuditRecord => ({
  ...{ at: at(10), endedAt: at(12), kind: 'activity', status: 'done', what: 'scale_deployment.execute' },
  ...{ step: 'scale', phase: 'execute', operation: op, changed: true, target: 'prod: Deployment/shop/web', uid: 'u1' },
  ...{ runId: 'r', event: 11 },
  ...more,
});
const run = (...records: AuditRecord[]): RunRecords => ({ workflowId: 'remediation/web/1', records });
const call = (more: Partial<ApiCall> & { seconds?: number } = {}): ApiCall => {
  const { seconds = 11, ...fields } = more;
  return {
    ...{ auditId: 'a1', at: base + seconds * 1000, verb: 'patch', resource: 'apps/deployments' },
    ...{ namespace: 'shop', name: 'web', uid: 'u1', user: SA, code: 200 },
    userAgent: userAgentOf({ id: op, phase: 'execute' }),
    ...fields,
  };
};
const options: ReconcileOptions = {
  users: [SA],
  writes: (action) => (action === 'lab_set' ? undefined : action !== 'wait'),
  period: { from: base, until: base + 100_000 },
};
const check = (calls: ApiCall[], runs: RunRecords[], more: Partial<ReconcileOptions> = {}) =>
  reconcile(calls, runs, { ...options, ...more });

test('a request within its execute is explained, and the effect that the history claims is found', () => {
  expect(check([call()], [run(execute())])).toEqual({
    ...{ whole: true, requests: 1, explained: 1, others: {}, unexplained: [] },
    ...{ claims: 1, found: 1, unfound: [], notChecked: {} },
  });
});

test.each([
  ['an operation of which no history tells', { userAgent: userAgentOf({ id: 'x/y', phase: 'execute' }) }, /no history/],
  ['a write of a validation', { userAgent: userAgentOf({ id: op, phase: 'validate' }) }, /must not change anything/],
  ['a write of an undo that never was', { userAgent: userAgentOf({ id: op, phase: 'rollback' }) }, /no history tells/],
  ['a write before the step', { seconds: 4 }, /not under way then/],
  ['a write after the step', { seconds: 18 }, /not under way then/],
  ['a write that names no operation', { userAgent: USER_AGENT }, /names no operation/],
  ['a write of another caller', { userAgent: `${USER_AGENT} (direct-test)` }, /caller is direct-test/],
  ['a person with the token of the worker', { userAgent: 'kubectl/v1.34.4' }, /by kubectl/],
  ['somebody without a name', { userAgent: undefined as unknown as string }, /who knows what/],
])('%s is unexplained, with the nearest run', (_, more, why) => {
  const { whole, unexplained, explained } = check([call(), call({ ...more, auditId: 'a2' })], [run(execute())]);
  expect({ whole, explained, ids: unexplained.map(({ call: { auditId } }) => auditId) }).toEqual({
    ...{ whole: false, explained: 1, ids: ['a2'] },
  });
  expect(unexplained[0]).toMatchObject({ nearest: { workflowId: 'remediation/web/1', sameObject: true } });
  expect(unexplained[0]!.why).toMatch(why);
});

test('a refused request needs an explanation, too, but is no effect', () => {
  const report = check([call({ code: 403 })], [run(execute())]);
  expect(report).toMatchObject({ whole: false, explained: 1, claims: 1, found: 0 });
  expect(report.unfound[0]).toMatchObject({ workflowId: 'remediation/web/1', why: /stored no request/ });
});

test('an effect is not found when the request was of another phase, another time, or another object of that name', () => {
  const undo = execute({ phase: 'rollback', what: 'scale_deployment.rollback', at: at(20), endedAt: at(22) });
  expect(check([call()], [run(execute(), undo)])).toMatchObject({ claims: 2, found: 1, whole: false });
  const other = check([call({ uid: 'u2' })], [run(execute())]);
  expect(other.unfound[0]!.why).toMatch(/another object of that name \(u2, not u1\)/);
  expect(check([call({ verb: 'delete', uid: 'status' })], [run(execute())]).whole).toBe(true);
});

test('what changed nothing, failed, is of another cluster, of no cluster, or outside of the log claims nothing', () => {
  const claims = (record: AuditRecord, more: Partial<ReconcileOptions> = {}) => check([], [run(record)], more).claims;
  expect(claims(execute())).toBe(1);
  expect(claims(execute({ changed: false }))).toBe(0);
  expect(claims(execute({ status: 'failed' }))).toBe(0);
  expect(claims(execute({ phase: 'verify' }))).toBe(0);
  expect(claims(execute({ what: 'wait.execute' }))).toBe(0);
  expect(claims(execute({ at: at(-5) }))).toBe(0);
  expect(claims(execute({ endedAt: at(101) }))).toBe(0);
  expect(claims(execute(), { clusters: ['prod'] })).toBe(1);
  expect(claims(execute(), { clusters: ['dev'] })).toBe(0);
});

test('claims of unknown actions are counted by name, not passed over in silence', () => {
  const report = check([], [run(execute({ what: 'lab_set.execute' }))]);
  expect(report).toMatchObject({ claims: 0, notChecked: { lab_set: 1 } });
});

test('an attempt of which nobody knows the end, and one that failed, explain what they wrote', () => {
  expect(check([call({ seconds: 90 })], [run(execute({ endedAt: undefined, status: 'open' }))]).explained).toBe(1);
  expect(check([call()], [run(execute({ status: 'timed_out' }))]).explained).toBe(1);
});

test('what an account that is not ours does is none of ours, but effects of it are then not found', () => {
  expect(check([call({ user: 'eve' })], [run(execute())])).toMatchObject({ whole: false, requests: 0, found: 0 });
});

test('callers that were named are counted apart; others’ requests are none of ours', () => {
  const direct = call({ userAgent: `${USER_AGENT} (direct-test)` });
  const kubectl = call({ userAgent: 'kubectl/v1', user: 'admin' });
  expect(check([direct, kubectl], [], { users: [], callers: ['direct-test'] })).toMatchObject({
    ...{ whole: true, requests: 0, others: { 'direct-test': 1 } },
  });
});

describe('the audit log', () => {
  const event = (more: object = {}) => ({
    ...{ auditID: 'a', stage: 'ResponseComplete', verb: 'patch', requestURI: '/apis/apps/v1/namespaces/shop/x' },
    ...{ userAgent: 'kubernaut/1', user: { username: SA }, responseStatus: { code: 200 } },
    objectRef: { apiGroup: 'apps', resource: 'deployments', namespace: 'shop', name: 'web' },
    requestReceivedTimestamp: '2026-11-24T10:00:00.000000Z',
    ...more,
  });
  const read = (more: object = {}) => apiCallOf(JSON.stringify(event(more)));

  test.each([
    ['a read', { verb: 'get' }],
    ['a request that has not ended', { stage: 'ResponseStarted' }],
    ['a dry run in the query', { requestURI: '/x?fieldManager=kubernaut&dryRun=All' }],
    ['a dry run of a delete', { verb: 'delete', requestObject: { dryRun: ['All'] } }],
    ['a dry run of an eviction', { verb: 'create', requestObject: { deleteOptions: { dryRun: ['All'] } } }],
    ['a review of rights', { verb: 'create', objectRef: { apiGroup: 'authorization.k8s.io', resource: 'x' } }],
  ])('%s changes nothing', (_, more) => expect(read(more)).toBeUndefined());

  test('a write is read with its object; a command in a pod is one, whatever its verb', () => {
    expect(read({ responseObject: { metadata: { uid: 'u1' } } })).toEqual({
      ...{ auditId: 'a', at: base, verb: 'patch', resource: 'apps/deployments', namespace: 'shop', name: 'web' },
      ...{ uid: 'u1', user: SA, userAgent: 'kubernaut/1', code: 200 },
    });
    const exec = { verb: 'get', objectRef: { resource: 'pods', subresource: 'exec', namespace: 'a', name: 'b' } };
    expect(read(exec)).toMatchObject({ resource: 'pods/exec' });
    const made = { verb: 'create', objectRef: { resource: 'pods' }, responseObject: { metadata: { name: 'b-x1' } } };
    expect(read(made)).toMatchObject({ name: 'b-x1' });
    expect(read({ impersonatedUser: { username: 'bob' } })).toMatchObject({ user: 'bob' });
    expect(read({ requestURI: '/x?labelSelector=dryRun%3DAll' })).toBeDefined();
  });

  test('rotated files are read first, lines of others are not parsed, and one that is being written is left', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubernaut-audit-log-'));
    try {
      const line = (id: string, time: string) =>
        `${JSON.stringify(event({ auditID: id, requestReceivedTimestamp: time }))}\n`;
      writeFileSync(
        join(folder, 'audit-2026-11-24T09-30-00.000.log'),
        line('1', '2026-11-24T09:00:00Z') + '{"no": "json of ours"\n',
      );
      writeFileSync(join(folder, 'audit.log'), `${line('2', '2026-11-24T10:00:00Z')}{"userAgent":"kubernaut/1`);
      writeFileSync(join(folder, 'audit-other.log'), line('3', '2026-11-24T08:00:00Z'));
      const { calls, period } = await readAuditLog(join(folder, 'audit.log'), ['kubernaut/']);
      expect(calls.map(({ auditId }) => auditId)).toEqual(['1', '2']);
      expect(period).toEqual({ from: Date.parse('2026-11-24T09:00:00Z'), until: base });
      writeFileSync(join(folder, 'bad.log'), 'kubernaut/ hello\nx\n');
      await expect(readAuditLog(join(folder, 'bad.log'), ['kubernaut/'])).rejects.toMatchObject({ remedy: /json/i });
      await expect(readAuditLog(join(folder, 'none.log'), [])).rejects.toThrow(/no audit log at/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
