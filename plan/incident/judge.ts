import type { ExecutionReport } from '../investigation';
import type { Json, JsonObject } from '../json';
import { Outcome, type RemediationResult, type StepResult } from '../outcome';
import type { Reading } from './state';
import type { Effectiveness } from './types';

/** Two attempts of one signature failed in the same way: a third one would, too. */
export function failureSignature(document: JsonObject, result: RemediationResult): string {
  const failed = result.steps.filter(({ error }) => error !== undefined);
  const what = failed.map(({ action, error }) => `${action} ${error!.code}`);
  const problems = result.problems.map(({ code }) => code);
  return [result.outcome, ...(what.length > 0 ? what : [...problems, ...stepsOf(document)])].sort().join('; ');
}

/** It did what it should, and the alerts did not care. */
export function vainSignature(document: JsonObject, alerts: readonly string[]): string {
  return ['did not hold', ...stepsOf(document), ...alerts].sort().join('; ');
}

/** `rollback_deployment on Deployment shop/web` */
export function stepsOf(document: JsonObject): string[] {
  return planSteps(document).map(stepText);
}

export function stepText({ action, target }: JsonObject): string {
  const { kind, namespace, name } = (target ?? {}) as Record<string, Json | undefined>;
  return target === undefined
    ? String(action)
    : `${String(action)} on ${[kind, namespace === undefined ? name : `${String(namespace)}/${String(name)}`].map(String).join(' ')}`;
}

/** What HolmesGPT, or a person, is told about a remediation. */
export function executionReport(
  document: JsonObject,
  result: RemediationResult,
  measured: readonly string[],
  alertResolved: boolean,
): ExecutionReport {
  const specs = new Map(planSteps(document).map((step) => [step['id'], step]));
  return {
    outcome: result.outcome,
    reason: result.reason,
    steps: result.steps.map((step) => {
      const { target, params } = (specs.get(step.id) ?? {}) as { target?: Json; params?: JsonObject };
      return {
        action: step.action,
        ...(target !== undefined && { target: target as never }),
        ...(params !== undefined && { params }),
        status: step.status,
        summary: summaryOf(step),
      };
    }),
    measured: [...measured],
    alertResolved,
  };
}

/** One line each, of what was done and found. */
export function measuredBy(result: RemediationResult): string[] {
  return result.steps
    .flatMap(({ id, evidence, checks = [], error }) => [
      ...(evidence ? [`${id}: ${evidence.summary}`] : []),
      ...checks.map(
        ({ evidence: { summary }, before }) => `${id}: ${summary}${before ? ` (before: ${before.reading})` : ''}`,
      ),
      ...(error ? [`${id}: ${error.code}: ${error.message}`] : []),
    ])
    .slice(0, 20)
    .map((line) => line.slice(0, 300));
}

/**
 * Only what was measured counts; nothing measured is no score at all. A condition that held already before the remediation is
 * no merit of it, and counts only if it does not hold any more.
 */
export function effectiveness(
  result: RemediationResult,
  alert: Reading['is'] | undefined,
  health: Reading['is'] | undefined,
): Effectiveness | undefined {
  const checks = result.steps
    .flatMap(({ checks: own = [] }) => own)
    .filter(({ before, evidence }) => before?.holds !== true || !evidence.verified);
  const parts = {
    ...known('health', health),
    ...known('alert', alert),
    ...(checks.length > 0 && { metric: checks.every(({ evidence }) => evidence.verified) ? 1 : 0 }),
  };
  const values = Object.values(parts);
  if (values.length === 0) return undefined;
  const score = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { score: Math.round(score * 100) / 100, ...parts };
}

export function hasSucceeded({ outcome }: RemediationResult): boolean {
  return outcome === Outcome.succeeded || outcome === Outcome.noEffect;
}

function known(name: string, is: Reading['is'] | undefined): Record<string, number> {
  return is === undefined || is === 'unknown' ? {} : { [name]: is === 'good' ? 1 : 0 };
}

function summaryOf({ effect, evidence, error, summary }: StepResult): string {
  const parts = [effect?.summary ?? summary, error ? `${error.code}: ${error.message}` : evidence?.summary];
  return parts.filter(Boolean).join('; ').slice(0, 300);
}

function planSteps(document: JsonObject): JsonObject[] {
  const { steps } = (document['spec'] ?? {}) as JsonObject;
  return (Array.isArray(steps) ? steps : []) as JsonObject[];
}
