export const DASHBOARD_FOLDER = 'deploy/monitoring/dashboards';

export interface PanelSpec {
  title: string;
  kind: 'stat' | 'timeseries';
  /** Grafana's name of the unit: `s`, `bytes`, `percentunit`. Default: a plain number. */
  unit?: string;
  queries: readonly { expr: string; legend: string }[];
  about: string;
}

export interface DashboardSpec {
  file: string;
  uid: string;
  title: string;
  panels: readonly PanelSpec[];
}

const datasource = { type: 'prometheus', uid: '${datasource}' };
const WIDTH = 24;

/** A dashboard as Grafana imports it (or finds it by provisioning); the data source is chosen there. */
export function dashboardJson({ uid, title, panels }: DashboardSpec): string {
  const dashboard = {
    uid,
    title,
    tags: ['kubernaut'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    templating: {
      list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source', hide: 0 }],
    },
    annotations: { list: [] },
    panels: placed(panels),
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}

/** From left to right, and on the next line where it is full: numbers a third of the width, graphs a half. */
function placed(panels: readonly PanelSpec[]): object[] {
  let [x, y, height] = [0, 0, 0];
  return panels.map((panel, index) => {
    const [w, h] = panel.kind === 'stat' ? [8, 5] : [12, 8];
    if (x + w > WIDTH || (x > 0 && h !== height)) [x, y] = [0, y + height];
    const gridPos = { x, y, w, h };
    [x, height] = [x + w, h];
    return panelJson(panel, index + 1, gridPos);
  });
}

function panelJson({ title, kind, unit, queries, about }: PanelSpec, id: number, gridPos: object): object {
  const reduce = kind === 'stat' ? { reduceOptions: { calcs: ['lastNotNull'] }, textMode: 'value_and_name' } : {};
  return {
    id,
    title,
    description: about,
    type: kind,
    datasource,
    gridPos,
    fieldConfig: { defaults: { unit: unit ?? 'short', min: 0 }, overrides: [] },
    options: { ...reduce, ...(kind === 'timeseries' && { legend: { displayMode: 'list', placement: 'bottom' } }) },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      expr,
      legendFormat: legend,
    })),
  };
}
