import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { auditOfHistory } from '../../activities/audit/reader/audit-of-history';
import type { AuditRecord } from '../../activities/audit/reader/audit-record';
import { escapeText, html } from './html';
import { reportOf } from './report-model';
import { reportPage } from './report-page';
import { timeAxis } from './time-axis';

const recorded = (name: string): AuditRecord[] => {
  const file = join(__dirname, '../../test/replay/histories', `${name}.json`);
  const { events } = historyFromJSON(JSON.parse(readFileSync(file, 'utf8')) as object);
  return auditOfHistory([{ runId: 'r', events: events ?? [] }]);
};
const id = 'remediation/web/1';
const pageOf = (records: AuditRecord[], link?: string): string => reportPage(reportOf(records, { id, link, now: 0 }));

/** Everything in it that is text becomes `text`; what the engine itself chooses stays. */
function withText(value: unknown, text: string): unknown {
  if (typeof value === 'string') return text;
  if (Array.isArray(value)) return value.map((each) => withText(each, text));
  if (typeof value !== 'object' || value === null) return value;
  const own = ['at', 'kind', 'status', 'phase', 'endedAt', 'runId'];
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, own.includes(key) ? part : withText(part, text)]),
  );
}

test('outcome, reason, diffs, evidence, undo and what is still there stand on the page', () => {
  const page = pageOf(recorded('rollback-failed'), 'http://localhost:8233/namespaces/default/workflows/x');
  const text = page
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
  expect(text).toContain('rollback failed');
  expect(text).toContain('step c2 failed: c2: refused');
  expect(text).toContain('Still there c1 : c1 set to 1 — UNDO_CONFLICT');
  expect(text).toMatch(/\/c1 0 → 1/);
  expect(text).toContain('✓ verified : c1 is 1');
  expect(text).toContain('↩ undone : c2 back to 0');
  expect(page.indexOf('Still there')).toBeLessThan(page.indexOf('Timeline'));
  expect(page).toContain('href="http://localhost:8233/namespaces/default/workflows/x"');
});

test('who approved, and who did not, with when and why', () => {
  expect(pageOf(recorded('rejected'))).toMatch(/reject <span[^>]*>done<\/span><\/td>\s*<td>ann.*<div>no<\/div>/s);
  expect(pageOf(recorded('expired'))).toContain('nobody decided in time');
});

test('a page refers to nothing outside itself and has no script', () => {
  const page = pageOf(recorded('manual-rollback'));
  expect(page).not.toMatch(/<(script|img|link|iframe|object|embed|base|form)\b|@import|url\((?!#)|\bon\w+=/i);
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
});

test.each([
  ['a script', '<script>alert(1)</script>'],
  ['quotes that end an attribute', `" onmouseover="alert(1)' x='\``],
  ['the end of a style and of a comment', '</style><!-- --></title><svg onload=alert(1)>'],
  ['an entity', '&lt;script&gt;&amp;'],
  ['text that turns its direction', 'safe\u202Egnp.exe\u2066\u200F'],
  ['invisible characters and nulls', 'a\u0000b\u200Bc\uFEFF\u0085'],
  ['half a character', 'x\uD800y'],
  ['a template', '${1+1} {{x}} $& $`'],
])('%s in any field stays text', (_, hostile) => {
  const records = withText(recorded('rollback-failed'), hostile) as AuditRecord[];
  const policy = {
    verdict: hostile,
    mode: hostile,
    version: hostile,
    rules: [{ rule: hostile, verdict: hostile, reason: hostile }],
  };
  const more = [
    { ...records[0]!, kind: 'policy', policy },
    { ...records[0]!, kind: 'guard', guard: { scope: hostile, behind: [hostile] } },
    { ...records[0]!, kind: 'engine', failure: { message: hostile } },
    { ...records[0]!, kind: 'steering', params: { [hostile]: hostile }, digest: hostile },
    { ...records[0]!, kind: 'approval', endedAt: records[0]!.at },
  ] as AuditRecord[];
  const all = [...more, ...records];
  const page = reportPage(reportOf(all, { id: hostile, link: `javascript:${hostile}`, now: 0 }));
  const harmless = reportPage(reportOf(withText(all, 'x') as AuditRecord[], { id: 'x', link: undefined, now: 0 }));
  // Whatever the texts are, the page has the very same elements and attributes.
  expect(skeleton(page)).toEqual(skeleton(harmless));
  expect(page).toContain(escapeText(hostile));
  // oxlint-disable-next-line no-control-regex
  expect(page).not.toMatch(/[\u0000\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800]/);
});

/** Tags with the names of their attributes, read as a browser does: values stand in double quotes, or nothing is read of them. */
function skeleton(page: string): string[] {
  const tags = page.replace(/<style>.*?<\/style>/s, '<style>').match(/<[a-z/!](?:"[^"]*"|[^">])*>/gi) ?? [];
  return tags.map((tag) => tag.replace(/="[^"]*"/g, ''));
}

test('very long texts are cut, and say by how much', () => {
  const page = pageOf(withText(recorded('rollback-failed'), 'x'.repeat(200_000)) as AuditRecord[]);
  expect(page).toContain('… (198500 more characters)');
  expect(page.length).toBeLessThan(200_000);
});

test('a link that a browser would not open as a page is no link', () => {
  expect(pageOf(recorded('succeeded'), 'javascript:alert(1)')).not.toContain('<a ');
});

test('a run that goes on, or whose history cannot be read, still has a page', () => {
  const records = recorded('approved-by-update').filter(({ kind }) => kind !== 'ended');
  expect(pageOf(records.slice(0, 5))).toContain('It has not ended yet.');
  expect(pageOf([])).toContain('The plan did not get as far as its steps.');
});

test('values are escaped, markup is not, lists are joined, nothing leaves nothing', () => {
  expect(html`<b title="${'"'}">${['<', html`<i>${1}</i>`]}${undefined}${false}</b>`.text).toBe(
    '<b title="&quot;">&lt;<i>1</i></b>',
  );
});

test('the axis is to scale where something is done, and shortens what is only waited for', () => {
  const span = (from: number, to: number) => ({ kind: 'execute' as const, label: '', from, to, status: 'done' });
  const axis = timeAxis(0, 3_600_000, [span(0, 1000), span(3_599_000, 3_600_000)], 1000);
  expect(axis.breaks).toMatchObject([{ from: 1000, to: 3_599_000 }]);
  expect(axis.x(0)).toBe(0);
  expect(axis.x(3_600_000)).toBeCloseTo(1000);
  expect(axis.x(1000)).toBeCloseTo(axis.x(3_600_000) - axis.x(3_599_000));
  expect(axis.x(1000)).toBeGreaterThan(400);
});
