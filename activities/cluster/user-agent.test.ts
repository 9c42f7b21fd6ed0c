import fc from 'fast-check';
import { callerOf, userAgentOf } from './user-agent';
import { USER_AGENT } from './version';

test('a User-Agent names phase and operation, and says them back', () => {
  const operation = { id: 'remediation/web-oom/1/scale@2', phase: 'execute' };
  expect(userAgentOf(operation)).toBe(`${USER_AGENT} (execute remediation/web-oom/1/scale@2)`);
  expect(callerOf(userAgentOf(operation))).toEqual({ kind: 'operation', operation });
});

test('whatever a workflow is called, the header is one that HTTP allows, and leads back to it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (id) => {
      const header = userAgentOf({ id, phase: 'rollback' });
      expect(header).toMatch(/^[\x20-\x7e]+$/);
      expect(callerOf(header)).toEqual({ kind: 'operation', operation: { id, phase: 'rollback' } });
    }),
  );
});

test.each([
  [USER_AGENT, { kind: 'unnamed' }],
  [`${USER_AGENT} (direct-test)`, { kind: 'other', caller: 'direct-test' }],
  [`${USER_AGENT} (delete remediation/a/1/b)`, { kind: 'other', caller: 'delete remediation/a/1/b' }],
  [`${USER_AGENT} (execute %E0%A4%A)`, { kind: 'other', caller: 'execute %E0%A4%A' }],
  // Cut by the server.
  [`${USER_AGENT} (pause remediation/a...TRUNCATED`, { kind: 'other', caller: 'pause remediation/a...TRUNCATED' }],
  ['kubectl/v1.34.4 (linux/amd64) kubernetes/abc', undefined],
  ['kubernautical/1 (execute a/b)', undefined],
  [undefined, undefined],
])('%s is read as %j', (header, caller) => expect(callerOf(header)).toEqual(caller));
