import type { ActionSettings } from '../../config/action-settings';
import type { Json, JsonObject } from '../../plan/json';
import type { Target } from '../../plan/model';
import type { CheckId } from './checks';
import type { StagingKube } from './staging-kube';
import type { WorkloadOptions } from './staging-workloads';

/**
 * # How to make an action provable
 *
 * Beside `<action>.ts` put `<action>.conformance.ts`; it is found by its name, nothing is registered:
 *
 * ```ts
 * export const conformance = defineFixture({
 *   action: 'scale_deployment',
 *   async stage({ kube, namespace, workload }) {
 *     const target = await workload({ replicas: 2 });                       // a fresh target for each call
 *     return {
 *       target,
 *       params: { replicas: 4 },
 *       read: async () => (await kube.get(target)).spec?.replicas,          // what the action promises to change
 *       tamper: () => kube.merge(target, { spec: { replicas: 1 } }),        // takes the effect away: verify must refute
 *       foreignChange: () => kube.merge(target, { spec: { replicas: 3 } }), // somebody else's later value: undo must refuse
 *     };
 *   },
 * });
 * ```
 *
 * The kit calls `stage` about five times, side by side, and does the rest: `npx kubernaut conformance scale_deployment
 * --kubeconfig FILE`, or in a test `testConformance(…)` of `kubernaut/conformance`. The action runs as a ServiceAccount with
 * exactly the permissions it declares; the fixture's `kube` is another client with all rights, so what it reads and writes is
 * independent of the action. What cannot be staged here (no such server, no such CRD): `throw new NotApplicable('why')`.
 */
export interface ConformanceFixture {
  action: string;
  /** Makes a fresh target to which the action with these params has something to do. All names its own: calls overlap. */
  stage(stage: Stage): Promise<Staged>;
  /** Further targets (other kinds, other paths through the action); each is run through once, so that its rights are proven used. */
  variants?: Readonly<Record<string, (stage: Stage) => Promise<Staged>>>;
  /** `horizontalpodautoscalers.autoscaling list` → how the action goes on without this right. All others must lead to FORBIDDEN. */
  optionalPermissions?: Readonly<Record<string, string>>;
  /** `pods/exec create` → why this server does not ask for this right, or only sometimes. All others must be used. */
  unusedPermissions?: Readonly<Record<string, string>>;
  /** Checks that make no sense for this action, each with the reason that is printed. They are made all the same: one that holds fails, since then it makes sense. */
  notApplicable?: Readonly<Partial<Record<CheckId, string>>>;
}

/** One target in the world, and the hands to act on it from outside. */
export interface Staged {
  target?: Omit<Target, 'cluster'>;
  params: JsonObject;
  /**
   * What the action promises to change, read from the world itself: of a field action its fields, of a message its receiver's
   * inbox. Equal before and after validate, different after execute, byte-equal again after rollback.
   */
  read(): Promise<Json | undefined>;
  /** Takes the effect away, so that verify must refute. Absent: verify is asked without any execute instead. */
  tamper?(): Promise<unknown>;
  /** Somebody else sets the same fields to another value after the action. Absent: only right for irreversible actions. */
  foreignChange?(): Promise<unknown>;
  /** Somebody else changes, between validate and execute, what the action was about to set. Default: `foreignChange`. */
  staleChange?(): Promise<unknown>;
  /**
   * How often the world was changed, for worlds outside the cluster (messages received, silences made). Writes to the cluster
   * are counted by the kit.
   */
  changes?(): Promise<number>;
  /** The next write to such a world is done, and its answer never comes. In the cluster the kit sees to it. */
  loseNextAnswer?(): void;
  /** Parts of kubernaut.yaml that the action reads. Default: those of an empty file. */
  settings?: Partial<ActionSettings>;
  /** Values of the secrets that `settings` refer to, by variable or file name. */
  secrets?: Readonly<Record<string, string>>;
  /** Deadline of each phase in milliseconds. Default 60,000. */
  deadlineMs?: number;
}

/** What a fixture may use. */
export interface Stage {
  /** All rights, another User-Agent and field manager (`somebody-else`) than the action. */
  kube: StagingKube;
  /** Of this run alone; goes with everything in it when the run ends. */
  namespace: string;
  /** `web-3f9a1c`: a name that nothing else has. */
  name(prefix: string): string;
  /** A workload whose rollout is complete. Its containers carry the canary in their environment. */
  workload(options?: WorkloadOptions): Promise<{ apiVersion: string; kind: string; namespace: string; name: string }>;
  /** A node that only its own pods tolerate (`podSpec` puts them there). Needs a cluster of KWOK nodes. */
  node(): Promise<{ target: { apiVersion: string; kind: string; name: string }; podSpec: JsonObject }>;
  /** Put it where secrets are (a Secret's data, an environment value): it must never show up in any output of the action. */
  canary: string;
  /**
   * URL of a server given to the run (`--service alertmanager=http://…`); not applicable when it was not. `npm run conformance`
   * gives `alertmanager`, `prometheus` and `prometheus-rule-folder` (a folder, whose `*.yaml` Prometheus reads), and another
   * Prometheus that nothing reloads but `reload_prometheus`: `prometheus-to-reload` and `prometheus-to-reload-rule-folder`.
   */
  service(name: string): string;
  /**
   * Plays a controller that is not here, beside the check and until it ends. What goes wrong in it is not reported (its object
   * may just have been removed): then the effect does not come, and the check says so.
   */
  play(controller: (signal: AbortSignal) => Promise<void>): void;
  /**
   * Resolves when the action has begun to watch this resource (`persistentvolumeclaims`): an effect that comes before would
   * leave its right to watch unproven. Rejects when the signal aborts.
   */
  watched(resource: string, signal: AbortSignal): Promise<void>;
  /** Runs when the check has ended, newest first: objects outside the namespace, servers started. */
  defer(undo: () => Promise<unknown>): void;
}

/** Thrown by a fixture: this cannot be proven here. Reported with the reason, neither passed nor failed. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable';
}

/** Keeps the types; does nothing else. */
export function defineFixture(fixture: ConformanceFixture): ConformanceFixture {
  return fixture;
}
