import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditLog, storedWrites, type AuditedCall } from './audit-log';

const folder = mkdtempSync(join(tmpdir(), 'kubernaut-audit-'));
const path = join(folder, 'audit.log');
afterAll(() => rmSync(folder, { recursive: true }));

const username = 'system:serviceaccount:conformance-x:account';
const line = (verb: string, more: Partial<AuditedCall> = {}): string =>
  `${JSON.stringify({ verb, requestURI: '/', user: { username }, ...more })}\n`;

test('the audit log is read from where it was opened, by whole lines, and on into the file that follows a full one', async () => {
  writeFileSync(path, line('before'));
  const log = await AuditLog.open(path);
  const verbs = async () => (await log.callsOf(username)).map(({ verb }) => verb);
  appendFileSync(path, line('get') + line('list').slice(0, 20));
  expect(await verbs()).toEqual(['get']);
  appendFileSync(path, line('list').slice(20) + line('other', { user: { username: 'alice' } }));
  expect(await verbs()).toEqual(['get', 'list']);
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, line('watch'));
  writeFileSync(path, line('patch', { requestURI: `/${'ü'.repeat(1 << 20)}` }) + line('delete'));
  expect(await verbs()).toEqual(['get', 'list', 'watch', 'patch', 'delete']);
  await log.close();
});

test('the audit log knows which resources it has calls on, whoever made them', async () => {
  writeFileSync(path, '');
  const log = await AuditLog.open(path);
  const alice = { user: { username: 'alice' } };
  appendFileSync(
    path,
    line('get', { ...alice, objectRef: { resource: 'pods', name: 'a' } }) +
      line('get', { ...alice, objectRef: { resource: 'pods', subresource: 'exec' } }),
  );
  await log.callsOf('alice');
  expect(['pods', 'pods/exec', 'pods/log'].map((each) => log.mentions(each))).toEqual([true, true, false]);
  await log.close();
});

test.each<[string, Partial<AuditedCall>, number]>([
  ['a patch', {}, 1],
  ['a dry-run by its address', { requestURI: '/x?dryRun=All' }, 0],
  ['a dry-run by its body', { requestObject: { deleteOptions: { dryRun: ['All'] } } }, 0],
  ['a refused one', { responseStatus: { code: 403 } }, 0],
  ['the question what one may do', { objectRef: { apiGroup: 'authorization.k8s.io' } }, 0],
  ['a read', { verb: 'get' }, 0],
])('%s counts as a stored write or not', (_, more, count) => {
  const call = { verb: 'patch', requestURI: '/x', user: { username }, responseStatus: { code: 200 }, ...more };
  expect(storedWrites([call])).toHaveLength(count);
});
