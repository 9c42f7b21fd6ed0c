import { IncidentSignal } from '../plan/incident/names';
import type { IncidentHappening } from './incident-commands';

type Fields = Record<string, unknown>;

/** Longest texts of the requests; what is longer is no request of ours. */
const LIMITS: Fields = { by: 200, reason: 2000, question: 4000, source: 200 };
const MAX_PAYLOAD_CHARS = 128 * 1024;

/** A signal as an event. One that makes no sense is recorded as refused: a signal has nobody to answer, and a throw would hang the run. */
export function readSignal(name: IncidentSignal, payload: unknown): IncidentHappening {
  const fault = faultOf(name, payload);
  if (fault !== undefined) return { type: 'refused', what: name, message: fault };
  switch (name) {
    case IncidentSignal.alert:
      return { type: 'alert', alert: payload as never };
    case IncidentSignal.recommendations:
      return { type: 'recommendations', pushed: payload as never };
    case IncidentSignal.investigate:
      return { type: 'investigate', request: payload as never };
    case IncidentSignal.abort:
      return { type: 'abort', request: payload as never };
  }
}

function faultOf(name: IncidentSignal, payload: unknown): string | undefined {
  if (!isObject(payload)) return 'the payload must be an object';
  if (JSON.stringify(payload).length > MAX_PAYLOAD_CHARS) return 'the payload is larger than 128 KiB';
  const texts = {
    [IncidentSignal.alert]: ['fingerprint', 'name', 'startsAt', 'received'],
    [IncidentSignal.recommendations]: ['source', 'received'],
    [IncidentSignal.investigate]: ['by', 'question'],
    [IncidentSignal.abort]: ['by'],
  }[name];
  for (const field of texts) {
    const value = payload[field];
    if (typeof value !== 'string' || value.trim() === '') return `"${field}" is missing`;
  }
  for (const [field, limit] of Object.entries(LIMITS)) {
    const value = payload[field];
    if (value !== undefined && (typeof value !== 'string' || value.length > (limit as number))) {
      return `"${field}" must be a text of at most ${String(limit)} characters`;
    }
  }
  if (name === IncidentSignal.alert) return faultOfAlert(payload);
  if (name === IncidentSignal.recommendations && payload['answer'] === undefined) return '"answer" is missing';
  if (name === IncidentSignal.abort && !['undefined', 'boolean'].includes(typeof payload['undo'])) {
    return '"undo" must be true or false';
  }
  return undefined;
}

function faultOfAlert({ status, labels, annotations, startsAt, received }: Fields): string | undefined {
  if (status !== 'firing' && status !== 'resolved') return '"status" must be firing or resolved';
  if (!isTexts(labels) || !isTexts(annotations)) return '"labels" and "annotations" must hold texts';
  if (!isDate(startsAt) || !isDate(received)) return '"startsAt" and "received" must be times (ISO 8601)';
  return undefined;
}

function isTexts(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((item) => typeof item === 'string');
}

function isDate(value: unknown): boolean {
  return !Number.isNaN(Date.parse(String(value)));
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
