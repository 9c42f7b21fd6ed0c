import type { ClusterSettings, Settings } from '../../config/settings';
import { CliError } from './cli-error';
import { ExitCode } from './exit-codes';
import type { GlobalOptions } from './global-options';

/**
 * The clusters of the settings, with `--kubeconfig` and `--context` put in: they say how to reach the one cluster that the
 * settings name, or `default` when they name none. Without settings and options there is no cluster: none is touched by default.
 */
export function clustersOf(settings: Settings, { kubeconfig, context }: GlobalOptions): ClusterSettings[] {
  if (kubeconfig === undefined && context === undefined) return settings.clusters;
  const [only, ...others] = settings.clusters;
  if (others.length > 0) {
    const names = settings.clusters.map(({ name }) => name).join(', ');
    throw new CliError(ExitCode.usage, `--kubeconfig and --context fit one cluster, but the settings name ${names}.`, {
      remedy: 'Write kubeconfig and context into the settings, below each cluster.',
    });
  }
  return [
    {
      name: only?.name ?? 'default',
      inCluster: false,
      kubeconfig: kubeconfig ?? only?.kubeconfig,
      context: context ?? only?.context,
    },
  ];
}
