import { runInMemory } from '../memory-io';
import { retentionText } from './retention';

test.each(['0', '-1', '1.5', 'a week', '3651', '1e3', ''])('a retention of %p is refused', async (retention) => {
  const { exitCode, stderr, stdout } = await runInMemory(['setup', `--retention=${retention}`]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain('Whole days, 1 to 3650.');
});

test('without a server it says where it looked', async () => {
  const { exitCode, stderr } = await runInMemory(['setup', '--address', '127.0.0.1:9']);
  expect(exitCode).toBe(4);
  expect(stderr).toContain('127.0.0.1:9');
});

test.each([
  [3_600, 'less than a day'],
  [86_400, 'one day'],
  [30 * 86_400, '30 days'],
])('%p seconds are %p', (seconds, text) => expect(retentionText(seconds)).toBe(text));
