import { Findings } from './findings';

const stateOf = (findings: Findings, check: string) => findings.all().find((each) => each.check === check);

test('an exemption stands while the check does not hold, and gives its own reason', async () => {
  const findings = new Findings('a', { 'foreign-change': 'nobody can change it' });
  await findings.check('foreign-change', async () => Promise.reject(new Error('no foreignChange')));
  expect(stateOf(findings, 'foreign-change')).toMatchObject({
    state: 'not applicable',
    reason: 'nobody can change it',
  });
});

test('an exemption of a check that holds is a failure: it would hide the day on which the promise is broken', async () => {
  const findings = new Findings('a', { 'foreign-change': 'nobody can change it' });
  await findings.check('foreign-change', async () => 'refused');
  expect(stateOf(findings, 'foreign-change')).toMatchObject({
    state: 'failed',
    reason: 'it holds, but the fixture says that it does not apply: nobody can change it',
  });
});
