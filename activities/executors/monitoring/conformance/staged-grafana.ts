import type { ActionSettings } from '../../../../config/action-settings';
import type { Stage } from '../../../conformance/fixture';
import { startFakeGrafana, type FakeGrafana } from './fake-grafana';
import { stagedSettings } from './staged-alertmanager';

export interface StagedGrafana {
  grafana: FakeGrafana;
  settings: Partial<ActionSettings>;
  secrets: Readonly<Record<string, string>>;
  changes(): Promise<number>;
  loseNextAnswer(): void;
}

/** A Grafana of its own for each call. Its token is the run's canary: it must never show up in what an action says. */
export async function stagedGrafana(
  { canary, defer }: Stage,
  { alertmanagerUrl = '' }: { alertmanagerUrl?: string } = {},
): Promise<StagedGrafana> {
  const grafana = await startFakeGrafana(canary, alertmanagerUrl);
  defer(() => grafana.close());
  return {
    grafana,
    settings: stagedSettings({ grafana: { url: grafana.url, token: { env: 'GRAFANA_TOKEN' } } }),
    secrets: { GRAFANA_TOKEN: canary },
    changes: async () => grafana.writes.length,
    loseNextAnswer: () => (grafana.loseNextAnswer = true),
  };
}
