import type { UpdateDefinition } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { JsonObject } from '../plan/json';
import type { RemediationPlan } from '../plan/model';
import {
  QueryName,
  Steering,
  type AbortRequest,
  type Approved,
  type ApproveRequest,
  type AuditFact,
  type ParamsChange,
  type Preview,
  type RejectRequest,
  type RemediationStatus,
  type RevokeRequest,
  type SignedRequest,
} from '../plan/steering';

export const approveSignal = defineSignal<[ApproveRequest | SignedRequest]>(Steering.approve);
export const rejectSignal = defineSignal<[RejectRequest | SignedRequest]>(Steering.reject);
export const revokeSignal = defineSignal<[RevokeRequest | SignedRequest]>(Steering.revoke);
export const abortSignal = defineSignal<[AbortRequest]>(Steering.abort);

/** Whatever the requests carry; each is checked for what it needs. */
export interface SteeringRequest {
  by: string;
  reason?: string;
  digest?: string;
  step?: string;
  also?: Approved[];
  undo?: boolean;
  unlessBegun?: boolean;
  params?: JsonObject;
  changes?: ParamsChange[];
  /** Of approve, reject, revoke and override: a signed decision, in which all else stands, or the digest of the changes. */
  jws?: string;
}

/** Updates answer with a sentence, or fail with a code of the catalogue and the reason. */
export const updates = Object.fromEntries(
  Object.values(Steering).map((name) => [name, defineUpdate<string, [SteeringRequest]>(name)]),
) as Record<Steering, UpdateDefinition<string, [SteeringRequest]>>;

export const statusQuery = defineQuery<RemediationStatus>(QueryName.status);
export const planQuery = defineQuery<RemediationPlan>(QueryName.plan);
export const previewQuery = defineQuery<Preview>(QueryName.preview);
export const auditQuery = defineQuery<AuditFact[]>(QueryName.audit);
