import { Client } from '@temporalio/client';
import type { Logger as PinoLogger } from 'pino';
import { createRegistry } from '../activities/actions';
import { connectCluster } from '../activities/cluster/connect';
import { checkActionNames, checkActionRules, idleRules } from '../activities/action-rules-check';
import { loadPlaybooks } from '../activities/incident/load-playbooks';
import { loadPlugins } from '../activities/plugins';
import { encryptedConverter } from '../activities/encryption/data-converter';
import { environmentSecrets } from '../activities/secrets';
import { openTracing } from '../activities/tracing/open-tracing';
import { PolicyStore } from '../activities/policy/policy-store';
import { actionSettings } from '../config/action-settings';
import { ownNamespaces } from '../config/own-namespaces';
import { guardSettings } from '../config/sections/guards';
import { incidentSettings } from '../config/sections/incidents';
import type { Settings } from '../config/settings';
import { temporalTarget } from '../config/temporal';
import { createLogger } from '../activities/json-logger';
import { connectTemporal } from './connect-temporal';
import { createWorkers, type WorkflowSource } from './create-workers';
import { drained } from './drained';
import { startHttpServer } from './http-server';
import { createMetrics } from './metrics';
import { readiness } from './readiness';
import { serverFigures } from './server-figures';
import { flushLogs, installRuntime } from './runtime';
import { announceSearchAttributes, ownWorkflows, startExporters } from './start-up';
import { tuningOf } from './tuning';
import { workerChecks } from './worker-checks';

export interface RunWorkerOptions {
  /** Aborting it drains: no new work is taken, what runs gets `worker.shutdownGraceSeconds`. */
  signal: AbortSignal;
  /** Default: JSON lines on stdout at the settings' level. */
  logger?: PinoLogger;
  env?: NodeJS.ProcessEnv;
  /** Default: the bundle of the build, `lib/workflow-bundle.js`; from a source tree, `workflows/index.ts`, bundled at start. */
  workflows?: WorkflowSource;
  /** Called when the workers poll. `httpUrl` is absent when `worker.metrics.port` is false. */
  onStarted?: (started: { httpUrl: string | undefined; taskQueues: readonly string[] }) => void;
}

/**
 * Runs everything that the settings ask of this process, until the signal aborts and all has drained.
 *
 * @throws {KubernautError} `UNAVAILABLE` (Temporal cannot be reached), `SETTINGS_INVALID`, `PRECONDITION_FAILED` (a cluster's
 * kubeconfig does not fit), `ACTION_UNKNOWN` (an executor that does not exist)
 */
export async function runWorker(settings: Settings, options: RunWorkerOptions): Promise<void> {
  const { worker } = settings;
  const guards = guardSettings(settings.guards);
  const logger = options.logger ?? createLogger(worker.log.level);
  const registry = createRegistry(settings.actions);
  loadPlugins(registry, settings.plugins);
  checkActionRules(settings.actions.rules, registry);
  checkActionNames(Object.keys(settings.guards.ratePerAction), 'guards.ratePerAction', registry);
  for (const idle of idleRules(settings.actions.rules, settings.clusters)) logger.warn(idle);
  const own = ownNamespaces(settings.policy.ownNamespaces, options.env ?? process.env);
  const policies = new PolicyStore(settings.policy, {
    onReload: ({ version, problem }) =>
      problem === undefined
        ? logger.info({ version }, 'policies changed')
        : logger.error({ version, problem }, 'policies are broken; the last good ones stay in force'),
  });
  const target = temporalTarget(settings.temporal, options.env);
  const clusters = new Map(settings.clusters.map((cluster) => [cluster.name, connectCluster(cluster)]));
  const runtime = await installRuntime(logger, { metrics: worker.metrics.port !== false });
  const metrics = createMetrics(clusters.keys());

  policies.watch();
  const closers: (() => Promise<void> | void)[] = [
    () => policies.close(),
    () => clusters.forEach((cluster) => cluster.close()),
  ];
  try {
    const tracing =
      settings.tracing &&
      (await openTracing(settings.tracing, {
        service: 'kubernaut-worker',
        secrets: environmentSecrets(options.env),
        warn: (message) => logger.warn(message),
      }));
    if (tracing !== undefined) closers.push(() => tracing.close());
    const { encryption } = settings.temporal;
    const dataConverter = encryption && (await encryptedConverter(encryption, environmentSecrets(options.env)));
    const connection = await connectTemporal(target);
    closers.push(() => connection.close());
    await announceSearchAttributes(connection, target.namespace, logger);
    const workers = await createWorkers({
      connection,
      namespace: target.namespace,
      ...(dataConverter && { dataConverter }),
      registry,
      clusters,
      policy: { store: policies, policy: { ...settings.policy, ownNamespaces: own }, clusters: settings.clusters },
      settingsFor: (cluster) => actionSettings(settings, cluster),
      ...(settings.holmesgpt && { holmesgpt: settings.holmesgpt }),
      ...(worker.workflows && {
        workflows: options.workflows ?? ownWorkflows(dataConverter !== undefined),
      }),
      ...(worker.executors && { executors: worker.executors }),
      ...(settings.stop.configMap && { stopConfigMap: settings.stop.configMap }),
      approval: settings.approval,
      audit: settings.audit,
      log: (level, message) => logger[level](message),
      observer: metrics.observer,
      sinks: metrics.sinks,
      ...(tracing && { tracing }),
      ...(guards && { guards }),
      incidents: incidentSettings(settings.incidents),
      playbooks: loadPlaybooks(settings.incidents.playbooks, registry),
      tuning: tuningOf(worker),
    });
    const client = new Client({ connection, namespace: target.namespace, ...(dataConverter && { dataConverter }) });
    const checks = workerChecks({
      auditSinks: worker.workflows ? settings.audit.sinks.map(({ name }) => name) : [],
      ...{ client, connection, clusters, workers, policies, holmesgpt: settings.holmesgpt },
      monitoring: settings.clusters.flatMap(({ name, monitoring }) =>
        monitoring ? [{ cluster: name, settings: monitoring }] : [],
      ),
    });
    const look = () => readiness(checks);
    const { host, port } = worker.metrics;
    const http =
      port === false
        ? undefined
        : await startHttpServer({
            host,
            port,
            metrics: metrics.registry,
            coreMetricsUrl: runtime.coreMetricsUrl,
            beforeScrape: serverFigures(metrics.metrics, {
              connection,
              client,
              auditSinks: settings.audit.sinks.map(({ name }) => name),
              namespace: target.namespace,
              taskQueues: workers.taskQueues,
              readiness: look,
            }),
            readiness: look,
          });
    if (http !== undefined) closers.push(() => http.close());

    const stop = () => {
      logger.info({ graceSeconds: worker.shutdownGraceSeconds }, 'draining: no new work is taken');
      workers.shutdown();
    };
    if (options.signal.aborted) stop();
    else options.signal.addEventListener('abort', stop, { once: true });
    logger.info(
      { temporal: target.address, namespace: target.namespace, taskQueues: workers.taskQueues, http: http?.url },
      'worker started',
    );
    const running = workers.run();
    if (worker.workflows) await startExporters(client, settings.audit, logger);
    options.onStarted?.({ httpUrl: http?.url, taskQueues: workers.taskQueues });
    await drained(workers, { running, signal: options.signal, logger });
    flushLogs();
    logger.info('worker stopped: everything has drained');
  } finally {
    for (const close of closers.reverse()) await Promise.resolve(close()).catch(() => undefined);
    flushLogs();
  }
}
