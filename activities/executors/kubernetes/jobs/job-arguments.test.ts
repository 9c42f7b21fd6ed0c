import { fillCommand } from './job-arguments';

const template = {
  command: ['backup', '--to', 's3://{bucket}/db', '--keep', '{keep}', '{mode}'],
  args: {
    bucket: { type: 'string', maxLength: 20 },
    keep: { type: 'integer', minimum: 1, maximum: 9, default: 3 },
    mode: { type: 'choice', values: ['full', 'diff'], default: 'full' },
  },
} as const;
const fill = (given: object) => fillCommand(template as never, { ...given });

test('an argument becomes part of one item of the command, defaults included', () => {
  expect(fill({ bucket: 'shop' })).toEqual({
    command: ['backup', '--to', 's3://shop/db', '--keep', '3', 'full'],
    problems: [],
  });
});

test('everything that is wrong with the arguments is said at once', () => {
  expect(fill({ keep: 10, mode: 'none', surprise: 1 }).problems).toEqual([
    'there is no argument surprise (there are: bucket, keep, mode)',
    'argument bucket is missing',
    'argument keep must be between 1 and 9',
    'argument mode must be one of full, diff',
  ]);
});

test.each(['--delete', 'a b', '$(reboot)', 'a;b', '{keep}', '', 'x'.repeat(21), 7])('%j is no plain text', (bucket) => {
  expect(fill({ bucket }).problems).toHaveLength(1);
});

test('a pattern has to match the whole text', () => {
  const args = { name: { type: 'string', maxLength: 99, pattern: '[a-z]+|[0-9]+' } };
  const problems = (name: string) => fillCommand({ command: ['{name}'], args } as never, { name }).problems;
  expect(problems('abc')).toEqual([]);
  expect(problems('abc; rm')).toHaveLength(1);
  expect(problems('12x')).toHaveLength(1);
});
