import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { RemediationPlan } from '../plan/model';
import {
  QueryName,
  Steering,
  type AbortRequest,
  type ApproveRequest,
  type AuditFact,
  type Preview,
  type RejectRequest,
  type RemediationStatus,
} from '../plan/steering';

export const approveSignal = defineSignal<[ApproveRequest]>(Steering.approve);
export const rejectSignal = defineSignal<[RejectRequest]>(Steering.reject);
export const abortSignal = defineSignal<[AbortRequest]>(Steering.abort);

/** Updates answer with a sentence, or fail with a code of the catalogue and the reason. */
export const approveUpdate = defineUpdate<string, [ApproveRequest]>(Steering.approve);
export const rejectUpdate = defineUpdate<string, [RejectRequest]>(Steering.reject);
export const abortUpdate = defineUpdate<string, [AbortRequest]>(Steering.abort);

export const statusQuery = defineQuery<RemediationStatus>(QueryName.status);
export const planQuery = defineQuery<RemediationPlan>(QueryName.plan);
export const previewQuery = defineQuery<Preview>(QueryName.preview);
export const auditQuery = defineQuery<AuditFact[]>(QueryName.audit);
