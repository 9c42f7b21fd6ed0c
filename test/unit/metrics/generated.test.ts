import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { dashboardJson, DASHBOARD_FOLDER } from '../../../tools/build/monitoring/dashboard-json';
import { dashboards } from '../../../tools/build/monitoring/dashboards';
import { alerts, recordings, RULES_FILE, rulesText } from '../../../tools/build/monitoring/rules';
import { metricList } from '../../../workers/metric-list';

const root = join(__dirname, '..', '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

const queries = [
  ...recordings.map(({ record, expr }) => [record, expr] as const),
  ...alerts.map(({ alert, expr }) => [alert, expr] as const),
  ...dashboards.flatMap(({ panels }) =>
    panels.flatMap(({ title, queries: own }) => own.map(({ expr }) => [title, expr] as const)),
  ),
];

test('rules and dashboards in deploy/monitoring are what the generators write', () => {
  expect(read(RULES_FILE)).toBe(rulesText());
  for (const spec of dashboards) expect(read(`${DASHBOARD_FOLDER}/${spec.file}`)).toBe(dashboardJson(spec));
});

test.each(queries)('%s is PromQL', (_name, expr) => {
  const text = expr.replaceAll('$__rate_interval', '5m');
  const tree = parser.parse(text);
  const errors: string[] = [];
  tree.iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) errors.push(text.slice(Math.max(0, from - 10), to + 10));
    },
  });
  expect(errors).toEqual([]);
});

test('every metric of ours that a query names is in the list, and every metric is on a dashboard or in a rule', () => {
  const all = queries.map(([, expr]) => expr).join('\n');
  const named = new Set(
    [...all.matchAll(/\bkubernaut_[a-z0-9_]+/g)].map(([name]) => name.replace(/_(bucket|count|sum)$/, '')),
  );
  const known = Object.values(metricList).map(({ name }) => name as string);
  expect([...named].filter((name) => !known.includes(name))).toEqual([]);
  // Approvals asked for and remediations started are seen by their ends, too.
  const unused = known.filter((name) => !named.has(name));
  expect(unused).toEqual(['kubernaut_remediations_started_total', 'kubernaut_approvals_requested_total']);
});

test('every alert says what to do, and has a test of its own', () => {
  const tests = read('deploy/monitoring/kubernaut.rules.test.yaml');
  for (const { alert, severity, summary, description } of alerts) {
    expect(['critical', 'warning', 'info']).toContain(severity);
    expect(summary.length).toBeGreaterThan(10);
    expect(description.length).toBeGreaterThan(30);
    expect(tests).toContain(alert);
  }
  expect(parse(read(RULES_FILE))).toMatchObject({
    groups: [{ name: 'kubernaut.recording' }, { name: 'kubernaut.alerts' }],
  });
});

test('panels of a dashboard do not overlap, and each says what it shows', () => {
  for (const spec of dashboards) {
    expect(existsSync(join(root, DASHBOARD_FOLDER, spec.file))).toBe(true);
    const { panels } = JSON.parse(dashboardJson(spec)) as {
      panels: { id: number; description: string; gridPos: Record<'x' | 'y' | 'w' | 'h', number> }[];
    };
    const taken = new Set<string>();
    for (const { description, gridPos } of panels) {
      expect(description).not.toBe('');
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x}/${y}`)).toBe(false);
          taken.add(`${x}/${y}`);
        }
      }
    }
  }
});
