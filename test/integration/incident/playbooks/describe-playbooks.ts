import type { IncidentLab } from '../incident-lab';
import type { Scenario } from './scenario';
import { openSweep, remedy, startAll } from './sweep';

/** One test for each scenario; they run side by side. `holmesgpt`: it chooses among the playbooks that fit. */
export function describePlaybooks(scenarios: readonly Scenario[], holmesgpt: boolean): void {
  describe(holmesgpt ? 'Playbooks chosen by HolmesGPT among those that fit' : 'Playbooks without HolmesGPT', () => {
    let lab: IncidentLab;
    let runs: ReadonlyMap<Scenario, Promise<void>>;
    beforeAll(async () => {
      lab = await openSweep(holmesgpt);
      runs = startAll(scenarios, (scenario) => remedy(lab, scenario, holmesgpt ? 'holmesgpt:' : ''));
      for (const run of runs.values()) run.catch(() => undefined);
    });
    afterAll(async () => {
      await Promise.allSettled(runs?.values() ?? []);
      await lab?.close();
    });

    test.each(scenarios.map((scenario) => [scenario.title, scenario] as const))(
      '%s ends as it should',
      async (_, scenario) => {
        await expect(runs.get(scenario)).resolves.toBeUndefined();
      },
      300_000,
    );
  });
}
