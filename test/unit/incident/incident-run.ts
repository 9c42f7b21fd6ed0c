import {
  alertFingerprint,
  defaultIncidentSettings,
  incidentOf,
  severityOf,
  type Alert,
  type IncidentSettings,
} from '../../../plan/incident';
import { decideIncident } from '../../../plan/incident/decide';
import { initialIncident } from '../../../plan/incident/initial';
import type { IncidentCommand, IncidentEvent, IncidentState } from '../../../plan/incident/state';
import type { Investigation, Recommendation } from '../../../plan/investigation';
import type { RemediationResult } from '../../../plan/outcome';
import { Outcome } from '../../../plan/outcome';

export type Happening = IncidentEvent extends infer E ? (E extends IncidentEvent ? Omit<E, 'at'> : never) : never;

export const owner = { cluster: 'prod', kind: 'Deployment', namespace: 'shop', name: 'web' };
const web = { kind: 'Deployment', namespace: 'shop', name: 'web' };
const START = Date.parse('2026-11-24T10:00:00Z');

/** An incident of its own with a clock that only moves when told to. */
export class IncidentRunner {
  at = START;
  state: IncidentState;
  readonly commands: IncidentCommand[] = [];

  constructor() {
    const { workflowId, input } = incidentOf(owner);
    this.state = initialIncident(workflowId, input);
    this.feed({ type: 'started' });
  }

  /** Returns the commands that this event led to. */
  feed(happening: Happening, later = 1): IncidentCommand[] {
    this.at += later;
    const before = JSON.stringify(this.state);
    const previous = this.state;
    const { state, commands } = decideIncident(previous, { ...happening, at: this.at } as IncidentEvent);
    expect(JSON.stringify(previous)).toBe(before);
    this.state = state;
    this.commands.push(...commands);
    return commands;
  }

  open(more: Partial<IncidentSettings> = {}): IncidentCommand[] {
    const found = { owner, objects: [web], notes: [] };
    const settings = { ...defaultIncidentSettings, ...more };
    return this.feed({ type: 'opened', settings, past: [], nextNumber: 1, found });
  }

  fire(name = 'KubePodCrashLooping', more: Partial<Alert> = {}): IncidentCommand[] {
    return this.feed({ type: 'alert', alert: alert(name, this.at, more) });
  }

  resolve(name = 'KubePodCrashLooping'): IncidentCommand[] {
    const known = this.state.alerts.find((each) => each.name === name)!;
    return this.feed({ type: 'alert', alert: { ...known, status: 'resolved', received: iso(this.at) } });
  }

  remediated(outcome: Outcome = Outcome.succeeded, problem?: string): IncidentCommand[] {
    const { id } = this.state.remediation!;
    if (id === undefined) this.feed({ type: 'remediation_started', id: 'remediation/x/1', number: 1 });
    return this.feed({ type: 'remediation_ended', result: result(outcome, problem) });
  }

  watched(alertIs: 'good' | 'bad' | 'unknown', healthIs: 'good' | 'bad' | 'unknown' = 'good'): IncidentCommand[] {
    this.feed({ type: 'watched', what: 'health', reading: { is: healthIs, detail: `health ${healthIs}` } }, 120_000);
    return this.feed({ type: 'watched', what: 'alert', reading: { is: alertIs, detail: `alert ${alertIs}` } });
  }
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}

export function alert(name: string, at: number, more: Partial<Alert> = {}): Alert {
  const labels = { alertname: name, namespace: 'shop', deployment: 'web', ...more.labels };
  const severity = severityOf(labels);
  return {
    fingerprint: alertFingerprint(labels),
    name,
    annotations: {},
    startsAt: iso(at),
    status: 'firing',
    received: iso(at),
    ...(severity && { severity }),
    ...more,
    labels,
  };
}

/** An answer that recommends these actions on the Deployment, the first one foremost. */
export function investigation(...actions: string[]): Investigation {
  return {
    analysis: 'It crashes.',
    rootCause: 'bad image',
    confidence: 0.9,
    evidence: [],
    recommendations: actions.map((action, index): Recommendation => ({
      index,
      action,
      target: web,
      params: {},
      role: index === 0 ? 'primary' : 'alternative',
      confidence: 0.95,
      rationale: '',
      successCriteria: [],
      reach: 'object',
      facts: { risk: 'low', reversibility: 'reversible', disruption: 'workload', readOnly: false },
    })),
    problems: [],
    tools: [{ name: 'kubectl_describe', status: 'success', toolset: 'kubernetes/core' }],
    thresholds: { minConfidence: 0.5, needsEvidence: true, automatic: { minConfidence: 0.8, maxRisk: 'low' } },
  };
}

export function result(outcome: Outcome, code?: string): RemediationResult {
  const error = code === undefined ? {} : { error: { code, message: `it said ${code}` } };
  return {
    outcome,
    reason: `ended as ${outcome}`,
    dryRun: false,
    steps: [{ id: 'primary', action: 'rollback_deployment', status: 'succeeded', ...error }],
    undone: [],
    left: [],
    problems: [],
  };
}
