import { join } from 'node:path';
import { createRegistry } from '../../activities/actions';
import {
  findFixtures,
  runConformance,
  type ConformanceFixture,
  type ConformanceOptions,
  type Finding,
} from '../../activities/conformance';
import { loadPlugins } from '../../activities/plugins';
import type { ActionRegistry } from '../../activities/registry';
import { packageRoot } from '../package-root';
import type { Stack } from '../stack/stack';
import { installCrds } from './crds';
import { startConformanceServices } from './services';

export interface Catalogue {
  registry: ActionRegistry;
  fixtures: readonly ConformanceFixture[];
}

/** All built-in actions and those of the example plugin, with the fixtures that lie beside them: nothing is listed here. */
export function loadCatalogue(): Catalogue {
  const registry = createRegistry();
  const plugins = loadPlugins(registry, [join(packageRoot(), 'examples', 'plugin-labels')]);
  return { registry, fixtures: [...findFixtures(), ...plugins.flatMap(({ conformance = [] }) => conformance)] };
}

export type ProofCluster = Pick<Stack, 'kubeconfig' | 'context' | 'auditLogPath' | 'kubectl' | 'workdir'>;

/** Journeys wait most of their time (rollouts, stability windows, refusals), so more of them than cores. */
const PARALLEL = 12;

/** Proves the catalogue, or `actions` of it, on the cluster of a stack, with monitoring started for it. */
export async function proveCatalogue(
  cluster: ProofCluster,
  options: Pick<ConformanceOptions, 'actions' | 'onAction' | 'plans'> & { catalogue?: Catalogue } = {},
): Promise<Finding[]> {
  const { catalogue = loadCatalogue(), ...rest } = options;
  const { services, stop } = await startConformanceServices();
  try {
    // Actions on custom resources are proven too; where a CRD is missing, their fixtures say that they do not apply.
    await installCrds(cluster);
    const { kubeconfig, context, auditLogPath } = cluster;
    return await runConformance({
      ...{ ...catalogue, ...rest, services, auditLogPath, parallel: PARALLEL },
      cluster: { kubeconfig, context },
    });
  } finally {
    await stop();
  }
}
