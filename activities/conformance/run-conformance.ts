import { randomBytes } from 'node:crypto';
import { KubernautError, isErrorCode } from '../../plan/errors';
import type { ClusterSource } from '../cluster/kubeconfig';
import type { ActionDefinition } from '../contract';
import { checkDefinition } from '../definition-check';
import { MAX_OUTPUT_BYTES } from '../plain-json';
import type { ActionRegistry } from '../registry';
import { AuditLog } from './audit-log';
import type { Bench } from './bench';
import { checkIds } from './checks';
import { childPlan } from './child-plan';
import { demand, Findings, FindingState, type Finding } from './findings';
import { NotApplicable, type ConformanceFixture } from './fixture';
import { foreignChange, lostAnswer, stalePlan, thereAndBack, throughVariant, withoutEffect } from './journeys';
import { judgePermissions, refusals } from './refusals';
import type { PlanRunner } from './plan-runner';
import { connectStaging, type StagingCluster } from './staging-cluster';

export interface ConformanceOptions {
  registry: ActionRegistry;
  fixtures: readonly ConformanceFixture[];
  /** The cluster to stage on. Its user must be cluster-admin: roles are made and bound. */
  cluster: ClusterSource;
  /** Default: every registered action; one without a fixture fails. */
  actions?: readonly string[];
  /** The API server's audit log (NDJSON), for the proof from the server's side. Default: the calls as the kit records them. */
  auditLogPath?: string;
  /** Other servers that fixtures may use, by name: `{ alertmanager: 'http://127.0.0.1:9093' }`. */
  services?: Readonly<Record<string, string>>;
  /** Carries out plans, for actions whose step is one. Default: what needs it does not apply, and says so. */
  plans?: PlanRunner;
  /** Journeys at the same time, over all actions. Default 4. */
  parallel?: number;
  /** Told as soon as an action is through. */
  onAction?(action: string, findings: readonly Finding[]): void;
  signal?: AbortSignal;
}

/** Proves the actions on a real API server. Everything it makes there is in namespaces and roles of its own, removed at the end. */
export async function runConformance(options: ConformanceOptions): Promise<Finding[]> {
  const { registry, fixtures } = options;
  const actions = (options.actions ?? registry.names()).map((name) => registry.get(name));
  const staging = connectStaging(options.cluster);
  const audit = options.auditLogPath === undefined ? undefined : await AuditLog.open(options.auditLogPath);
  const slots = new Slots(options.parallel ?? 4);
  try {
    // Shared by all: asked for once, before everything asks at once.
    await staging.kube.discovery.kinds();
    const all = await Promise.all(
      actions.map(async (action) => {
        const fixture = fixtures.find((each) => each.action === action.name);
        const findings = await conformanceOf(action, fixture, { ...options, staging, audit, slots });
        options.onAction?.(action.name, findings);
        return findings;
      }),
    );
    return all.flat();
  } finally {
    staging.close();
    await audit?.close();
  }
}

interface Means extends ConformanceOptions {
  staging: StagingCluster;
  audit: AuditLog | undefined;
  slots: Slots;
}

async function conformanceOf(
  action: ActionDefinition,
  fixture: ConformanceFixture | undefined,
  { registry, staging, audit, services = {}, plans, slots, signal }: Means,
): Promise<Finding[]> {
  const findings = new Findings(action.name, fixture?.notApplicable);
  await findings.check('definition', async () => {
    checkDefinition(action);
    demand(fixture !== undefined, `there is no fixture: add ${action.name}.conformance.ts beside the action`);
    return `${action.examples.length} examples, ${action.permissions.length} rules`;
  });
  if (fixture === undefined) return findings.all().filter(({ check }) => check === 'definition');
  const bench: Bench = {
    ...{ action, fixture, staging, audit, services },
    executor: registry.executor(action.executor),
    outputs: { texts: [], largestBytes: 0, errors: [] },
    trials: [],
    usernames: [],
    canary: `canary-${randomBytes(9).toString('hex')}`,
  };
  const ordinary = [thereAndBack, lostAnswer, withoutEffect, foreignChange, stalePlan, refusals];
  const journeys = [
    ...(action.childPlan
      ? [() => childPlan(bench, findings, { registry, plans })]
      : ordinary.map((run) => () => run(bench, findings))),
    ...Object.entries(fixture.variants ?? {}).map(
      ([name, stage]) =>
        () =>
          throughVariant(bench, name, stage, findings),
    ),
  ];
  const trouble: string[] = [];
  let unstageable: string | undefined;
  await Promise.all(
    journeys.map((journey) =>
      slots
        .run(async () => {
          signal?.throwIfAborted();
          await journey();
        })
        .catch((error: unknown) => {
          if (error instanceof NotApplicable) unstageable = error.message;
          else trouble.push(error instanceof Error ? error.message : String(error));
        }),
    ),
  );
  signal?.throwIfAborted();
  if (unstageable !== undefined) {
    for (const check of checkIds.filter((each) => !findings.has(each))) {
      findings.add(check, FindingState.notApplicable, unstageable);
    }
    return findings.all();
  }
  await judgePermissions(bench, findings);
  await judgeErrors(bench, findings);
  await judgeOutputs(bench, findings);
  for (const why of trouble) {
    for (const check of checkIds.filter((each) => !findings.has(each))) findings.add(check, FindingState.failed, why);
  }
  return findings.all();
}

async function judgeErrors({ outputs: { errors } }: Bench, findings: Findings): Promise<void> {
  await findings.check('errors', async () => {
    const wrong = errors.filter(
      (error) => !(error instanceof KubernautError) || !isErrorCode(error.code) || error.code === 'INTERNAL',
    );
    demand(wrong.length === 0, `no code of the catalogue: ${wrong.map(String).slice(0, 3).join('; ')}`);
    const codes = [...new Set(errors.map((error) => (error as KubernautError).code))].sort();
    return codes.length === 0 ? 'none came' : codes.join(', ');
  });
}

async function judgeOutputs({ outputs, canary }: Bench, findings: Findings): Promise<void> {
  await findings.check('outputs', async () => {
    const { texts, largestBytes } = outputs;
    demand(largestBytes <= MAX_OUTPUT_BYTES, `an output of ${largestBytes} bytes`);
    const secrets = [canary, Buffer.from(canary).toString('base64').replace(/=+$/, '')];
    const leak = texts.find((text) => secrets.some((secret) => text.includes(secret)));
    demand(leak === undefined, `a secret value is in: ${leak?.slice(0, 120)}`);
    return `${texts.length} outputs, the largest of ${largestBytes} bytes; no canary in them`;
  });
}

/** So many at a time; the rest waits in order. */
class Slots {
  private readonly waiting: Array<() => void> = [];

  constructor(private free: number) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free === 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.free--;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}
