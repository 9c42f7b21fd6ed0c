import { warningsOf } from './warnings';

test('each warning of the header is told once, with its quotes and commas', () => {
  const header =
    '299 - "would violate PodSecurity \\"restricted:latest\\": a, b", 299 - "deprecated in v1.25+", 299 - "deprecated in v1.25+"';
  expect(warningsOf(header)).toEqual(['would violate PodSecurity "restricted:latest": a, b', 'deprecated in v1.25+']);
});

test.each([undefined, '', 'nonsense', '299 - "unfinished'])('what is no warning (%s) gives none', (header) => {
  expect(warningsOf(header)).toEqual([]);
});

test('a server cannot flood the preview', () => {
  const many = Array.from({ length: 50 }, (_, n) => `299 - "${n} ${'x'.repeat(2000)}"`).join(', ');
  expect(warningsOf(many).map(({ length }) => length)).toEqual(Array.from({ length: 20 }, () => 500));
});
