import pc from 'picocolors';
import { age, duration, relativeTime } from './age';
import { renderPreview } from './preview-view';
import { renderFields, renderTable } from './table';

const plain = pc.createColors(false);

test('columns align in spite of colours and wide characters, and no line ends in blanks', () => {
  const colored = pc.createColors(true).red('bad');
  expect(
    renderTable(
      ['A', 'B'],
      [
        [colored, '1'],
        ['日本', '2'],
        ['plain', 'two\nlines'],
      ],
    ),
  ).toBe(['A      B', `${colored}    1`, '日本   2', 'plain  two lines'].join('\n'));
});

test('fields without a value are left out', () => {
  expect(
    renderFields([
      ['id', 'x'],
      ['reason', undefined],
      ['digest', 'y'],
    ]),
  ).toBe('id      x\ndigest  y');
});

test.each([
  [5_000, '5s'],
  [119_000, '119s'],
  [120_000, '2m'],
  [3_600_000 * 3 + 1_200_000, '3h20m'],
  [3_600_000 * 51, '2d3h'],
  [86_400_000 * 30, '30d'],
])('%i ms are %s', (ms, text) => expect(age(ms)).toBe(text));

test('times are told from now', () => {
  expect(relativeTime('1970-01-01T01:00:00Z', 0)).toBe('in 1h');
  expect(relativeTime('1970-01-01T00:00:00Z', 60_000)).toBe('60s ago');
  expect([duration(80), duration(2_400), duration(192_000)]).toEqual(['80ms', '2.4s', '3m12s']);
});

test('a preview shows target, diff, warnings, risk, undo, what is known later, problems and the digest', () => {
  const step = {
    id: 'scale',
    action: 'scale_deployment',
    target: { cluster: 'prod', kind: 'Deployment', namespace: 'shop', name: 'web' },
    summary: 'shop/web replicas 3 → 5',
    diff: [
      { path: '/spec/replicas', before: 3, after: 5 },
      { path: '/metadata/annotations/a', after: 'x' },
    ],
    warnings: ['an HPA owns it'],
    noEffect: false,
    knownAfter: ['drain'],
    risk: 'medium',
    reversibility: 'reversible',
    approvalRequired: true,
    problem: { code: 'FORBIDDEN', message: 'may not patch', remedy: 'Grant it.' },
  };
  expect(renderPreview({ digest: 'sha256:ab', steps: [step] }, plain)).toBe(`\
1. scale  scale_deployment  prod: Deployment/shop/web
   shop/web replicas 3 → 5
   risk medium · reversible · asks for approval
   /spec/replicas           3 → 5
   /metadata/annotations/a  (absent) → "x"
   known after drain
   ! an HPA owns it
   ✗ FORBIDDEN: may not patch → Grant it.

digest  sha256:ab`);
});
