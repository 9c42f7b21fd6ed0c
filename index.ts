/**
 * Kubernaut's public API: writing actions and plugins, checking plans, starting and steering remediations. What is not
 * exported here may change in any version. Workers run as a process of their own: `kubernaut worker`.
 *
 * @packageDocumentation
 */

// — actions: what a plugin brings

export { defineAction } from './activities/contract';
export type {
  ActionContext,
  ActionDefinition,
  ActionExample,
  ActionLog,
  ActionStep,
  ActionValidation,
  Clock,
  Permission,
} from './activities/contract';
export type {
  Cluster,
  DeleteOptions,
  EvictOptions,
  KubeObject,
  ListQuery,
  ObjectRef,
  PatchOperation,
  WatchEvent,
  WriteOptions,
} from './activities/cluster/cluster';
export type { Secrets } from './activities/secrets';
export type { ActionSettings } from './config/action-settings';
export type { SecretRef } from './config/secret-ref';
export type { Plugin } from './activities/plugins';
export { createRegistry } from './activities/actions';
export { loadPlugins } from './activities/plugins';
export { ActionRegistry, builtinExecutors, type ExecutorType } from './activities/registry';
export type { Executor } from './activities/executor';

// — plans

export { checkPlan, parsePlan, type CheckOptions, type PlanResult } from './plan/parse';
export { planJsonSchema } from './plan/schema';
export { decideRemedy, holmesAnswer, planOfRemedy, readAnswer } from './plan/investigation';
export type {
  Explanation,
  HolmesAnswer,
  Investigation,
  InvestigationScope,
  OfferedActions,
  Recommendation,
  RemedyDecision,
  RemedyPlan,
  RemedyThresholds,
} from './plan/investigation';
export { offeredActions, type Offer } from './activities/investigation/offered-actions';
export { PLAN_API_VERSION, OnFailure, RollbackStrategy } from './plan/model';
export type { Approval, RemediationPlan, Step, Target } from './plan/model';
export type { PlanProblem, PlanWarning } from './plan/problem';
export { digestOf, matchesDigest, shortDigest } from './plan/digest';
export type { ActionCatalog } from './plan/action-catalog';

// — remediations

export { KillSwitch, type EngagedSwitch, type KillSwitchOptions } from './client/kill-switch';
export { signDecision, signingKeyOf, type SigningKey } from './client/sign-decision';
export { Remediations, type RemediationsOptions, type StartOptions, type WaitOptions } from './client/remediations';
export type { Started } from './client/start-remediation';
export type { ListFilter, RemediationInfo } from './client/visibility';
export { readAudit } from './activities/audit/reader/read-audit';
export type { AuditRecord } from './activities/audit/reader/audit-record';
export { Outcome, StepStatus } from './plan/outcome';
export type { LeftBehind, Problem, RemediationResult, StepResult } from './plan/outcome';
export { RunPhase, Steering, WorkflowType } from './plan/steering';
export type {
  AbortRequest,
  ApproveRequest,
  Grant,
  OverrideRequest,
  PendingApproval,
  Preview,
  RejectRequest,
  RemediationInput,
  RemediationStatus,
  RevokeRequest,
  StepPreview,
  StepView,
} from './plan/steering';
export type { ActionMeta, Effect, Evidence, FieldChange, ResolvedTarget, Validation } from './plan/step-io';
export type { Json, JsonObject } from './plan/json';

// — errors

export { errorCatalogue, isErrorCode, KubernautError, type ErrorCode, type ErrorKind } from './plan/errors';
export { ClientError, ClientErrorKind } from './client/errors';
