import type { FastifyInstance } from 'fastify';
import { createRegistry } from '../../../activities/actions';
import { Authenticator } from '../../../client/bridge/auth/authenticator';
import { bearerTokens, type TokenCheck } from '../../../client/bridge/auth/bearer-tokens';
import { SecretReader } from '../../../client/bridge/auth/secret-reader';
import type { BridgeContext } from '../../../client/bridge/bridge-context';
import { Decisions } from '../../../client/bridge/decisions';
import { SlackResponder } from '../../../client/bridge/slack/responder';
import type { Remediations } from '../../../client/remediations';
import { createBridge } from '../../../client/bridge/create-bridge';
import { createLogger } from '../../../activities/json-logger';
import { BridgeMetrics } from '../../../client/bridge/metrics';
import { bridgeRoles, bridgeSchema, type BridgeSettings } from '../../../config/sections/bridge';

/** What the bridge asked of Temporal: `approve remediation/a/1 {"by":…}`. */
export type Calls = [method: string, ...args: unknown[]][];

export interface BridgeLab {
  app: FastifyInstance;
  calls: Calls;
  /** Lines of the log, parsed. */
  log: Record<string, unknown>[];
  metrics: BridgeMetrics;
  stop: AbortController;
  /** Of a role, as header. */
  as(...names: string[]): { authorization: string };
}

export const secretOf = (name: string): string => `secret of ${name}, long enough`.replaceAll(' ', '-');

export interface LabOptions {
  settings?: object;
  /** Answers by method instead of the default ones. */
  answers?: Partial<Record<string, (...args: never[]) => unknown>>;
  tokenChecks?: TokenCheck[];
  now?: () => number;
  /** Secrets that are not `secretOf` their name. */
  secrets?: Readonly<Record<string, string>>;
  /** Secrets that cannot be read. */
  lost?: readonly string[];
  maxStreams?: number;
}

/** One token for every role, named after it, and a sender `hook` that signs with the roles ingest and operate. */
export const allTokens = {
  tokens: bridgeRoles.map((role) => ({ name: role, roles: [role], token: { env: role } })),
  signatures: [{ name: 'hook', roles: ['ingest', 'operate', 'approve'], secret: { env: 'hook' } }],
};

/** The real server, called in memory; instead of Temporal something that writes down what it is asked. */
export async function bridgeLab(options: LabOptions = {}): Promise<BridgeLab> {
  const settings: BridgeSettings = bridgeSchema.parse({ auth: allTokens, ...options.settings });
  const secrets = new SecretReader(
    {
      async read(ref) {
        const name = 'env' in ref ? ref.env : ref.file;
        if (options.lost?.includes(name)) throw new Error('it is gone');
        return options.secrets?.[name] ?? secretOf(name);
      },
    },
    options.now,
  );
  const calls: Calls = [];
  const stop = new AbortController();
  const metrics = new BridgeMetrics();
  const log: Record<string, unknown>[] = [];
  const logger = createLogger('debug', { write: (line) => void log.push(JSON.parse(line)) });
  const auth = settings.auth ?? 'none';
  const remediations = recorder(calls, { ...remediationAnswers, ...options.answers }) as Remediations;
  const app = await createBridge({
    context: {
      remediations,
      decisions: new Decisions(remediations, secrets, settings.signing),
      ...(settings.slack && {
        slack: new SlackResponder(settings.slack, (reason) => logger.warn({ reason }, 'slack')),
      }),
      incidents: recorder(calls, { ...incidentAnswers, ...options.answers }) as BridgeContext['incidents'],
      killSwitch: recorder(calls, { ...killSwitchAnswers, ...options.answers }) as BridgeContext['killSwitch'],
      clusters: ['prod', 'staging'],
      actions: createRegistry(),
      defaultCluster: 'prod',
      readiness: async () => ({ ready: true, components: [{ component: 'temporal', ready: true, reason: 'answers' }] }),
      metrics,
      maxStreams: options.maxStreams ?? 2,
      stopping: stop.signal,
      watchIntervalMs: 5,
    },
    authenticator: new Authenticator({
      auth,
      tokenChecks: [
        ...(auth === 'none' ? [] : [bearerTokens(auth.tokens, secrets, () => undefined)]),
        ...(options.tokenChecks ?? []),
      ],
      secrets,
      ...(settings.slack && { slack: settings.slack }),
      ...(options.now && { now: options.now }),
    }),
    rateLimit: settings.rateLimit,
    logger,
  });
  return { app, calls, log, metrics, stop, as: (name) => ({ authorization: `Bearer ${secretOf(name!)}` }) };
}

const info = {
  id: 'remediation/a/1',
  runId: 'r',
  status: 'running',
  actions: [],
  dryRun: false,
  waitsForApproval: false,
  startedAt: '2026-11-24T12:00:00.000Z',
};
const running = { phase: 'running', steps: [], approvals: [], left: [], problems: [] };

const remediationAnswers = {
  start: (_plan: unknown, { id = 'remediation/a/1' }: { id?: string }) => ({ id, runId: 'r', attached: false }),
  list: () => [info],
  get: () => info,
  status: () => running,
  async *watch() {
    yield running;
    yield { ...running, phase: 'ended', outcome: 'succeeded' };
  },
};
const incidentAnswers = {
  tell: ({ cluster, namespace = '-', kind, name }: Record<string, string>) =>
    `incident/${cluster}/${namespace}/${kind}/${name}`,
  list: () => [],
};

const order = { by: 'ann', reason: 'storm', since: '2026-11-24T12:00:00.000Z' };
const scopeOf = (cluster?: string) => (cluster ? { kind: 'cluster', cluster } : { kind: 'global' });
const killSwitchAnswers = {
  engage: (cluster: string | undefined, given: object) => ({
    ...{ id: `stop/${cluster ?? 'global'}`, scope: scopeOf(cluster), ...order, ...given },
    already: false,
  }),
  release: (cluster?: string) => ({ scope: scopeOf(cluster), pending: false }),
  status: () => [{ id: 'stop/global', scope: { kind: 'global' }, ...order }],
};

function recorder(calls: Calls, answers: Record<string, unknown>): object {
  return new Proxy(
    {},
    {
      get:
        (_target, method: string) =>
        (...args: unknown[]) => {
          calls.push([method, ...args]);
          const answer = answers[method] as ((...given: unknown[]) => unknown) | undefined;
          if (method === 'watch') return answer!(...args);
          return Promise.resolve()
            .then(() => answer?.(...args) ?? 'done')
            .then((value) => value);
        },
    },
  );
}
