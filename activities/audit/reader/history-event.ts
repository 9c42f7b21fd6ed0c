import { defaultPayloadConverter } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils';
import type { AuditFailure } from './audit-record';

export type HistoryEvent = NonNullable<History['events']>[number];
type Attributes = NonNullable<HistoryEvent['activityTaskFailedEventAttributes']>;
export type ProtoFailure = NonNullable<Attributes['failure']>;
type Payload = NonNullable<NonNullable<HistoryEvent['userMetadata']>['summary']>;
type Payloads = { payloads?: Payload[] | null };
type Long = HistoryEvent['eventId'];

export function eventNumber(id: Long): number {
  return Number(id ?? 0);
}

export function eventTime(event: HistoryEvent): string {
  const seconds = Number(event.eventTime?.seconds ?? 0);
  return new Date(seconds * 1000 + Math.floor((event.eventTime?.nanos ?? 0) / 1e6)).toISOString();
}

/** First value of an argument list or result; `undefined` when there is none or it is none of JSON. */
export function firstValue(payloads: Payloads | null | undefined): unknown {
  return decode(payloads?.payloads?.[0]);
}

export function allValues(payloads: Payloads | null | undefined): unknown[] {
  return (payloads?.payloads ?? []).map(decode);
}

export function decode(payload: Payload | null | undefined): unknown {
  if (!payload) return undefined;
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return undefined;
  }
}

/** The one-line summary that the workflow gave to an activity, a timer or a child. */
export function summaryOf(event: HistoryEvent): string | undefined {
  return textOf(decode(event.userMetadata?.summary));
}

/** The innermost failure says what happened; the outer ones only say on which way it came. */
export function failureOf(failure: ProtoFailure | null | undefined): AuditFailure | undefined {
  if (!failure) return undefined;
  let inner = failure;
  while (inner.cause && !inner.applicationFailureInfo) inner = inner.cause;
  return { code: codeOf(inner), message: inner.message ?? 'no message' };
}

function codeOf(failure: ProtoFailure): string | undefined {
  if (failure.applicationFailureInfo?.type) return failure.applicationFailureInfo.type;
  if (failure.timeoutFailureInfo) return 'TIMEOUT';
  if (failure.canceledFailureInfo) return 'CANCELLED';
  if (failure.terminatedFailureInfo) return 'TERMINATED';
  return undefined;
}

export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** `undefined` for an absent or an empty list. */
export function textsOf(value: unknown): string[] | undefined {
  const texts = listOf(value).filter((each): each is string => typeof each === 'string');
  return texts.length > 0 ? texts : undefined;
}

/** `prod: Deployment/shop/web`; the cluster is left out when it is not named. */
export function targetText(target: unknown): string | undefined {
  const names = ['kind', 'namespace', 'name'].map((part) => textOf(field(target, part))).filter(Boolean);
  if (names.length === 0) return undefined;
  const cluster = textOf(field(target, 'cluster'));
  return `${cluster === undefined ? '' : `${cluster}: `}${names.join('/')}`;
}
