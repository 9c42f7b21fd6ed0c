import type { JsonObject } from '../json';
import type { ActionMeta } from '../step-io';

/**
 * What HolmesGPT answered, as far as it could be understood. Plain data of at most 60 KiB, fit for a workflow's history. Every
 * recommendation in it is a registered action with params that fit its schema, on a target inside the incident's scope; it is
 * still a wish, not a command: whether and when it is done, the plan decides, its policy, and a person.
 */
export interface Investigation {
  /** For people. Cleaned of control and invisible characters, shortened; never read by anything that decides. */
  analysis: string;
  rootCause: string;
  /** 0–1, as the model sees it. */
  confidence: number;
  /** What the model says it has seen. For people. */
  evidence: Finding[];
  /** In the order of the answer, at most {@link MAX_RECOMMENDATIONS}. */
  recommendations: Recommendation[];
  /** One of the offered playbooks that it would rather have carried out. */
  playbook?: PlaybookChoice;
  /** Everything that was left out or shortened, and why. */
  problems: InvestigationProblem[];
  /** What HolmesGPT looked at, as its server says; the model has no say in it. */
  tools: ToolUse[];
  /** Of a follow-up: whether the remediation helped, as the model sees it. */
  verdict?: Verdict;
  /** What the worker's settings say is enough to act on it. Here, so that the decision depends on history alone. */
  thresholds?: RemedyThresholds;
  /** HolmesGPT's own number of the request, for its logs. */
  requestId?: string;
  /** Of all the model's calls together, where the server says. */
  tokens?: number;
}

export interface PlaybookChoice {
  name: string;
  /** 0–1, as the model sees it. */
  confidence: number;
  rationale: string;
}

export const MAX_RECOMMENDATIONS = 8;

export interface RemedyThresholds {
  /** A recommendation below it is not made a plan of. */
  minConfidence: number;
  /** Refuse an answer for which HolmesGPT looked at nothing, or could not. */
  needsEvidence: boolean;
  /** Absent: a person approves always. */
  automatic?: { minConfidence: number; maxRisk: ActionMeta['risk'] };
}

export interface Finding {
  /** A tool, an object, a metric. */
  source: string;
  finding: string;
}

/** `primary`: what should be done · `alternative`: instead of it · `secondary`: together with the primary, see {@link Timing}. */
export const Role = { primary: 'primary', alternative: 'alternative', secondary: 'secondary' } as const;
export type Role = (typeof Role)[keyof typeof Role];

/** When a secondary step is done: when the primary succeeded, beside it, or only when it failed. */
export const Timing = { after: 'after', parallel: 'parallel', ifPrimaryFails: 'if_primary_fails' } as const;
export type Timing = (typeof Timing)[keyof typeof Timing];

export const Verdict = {
  resolved: 'resolved',
  improved: 'improved',
  unchanged: 'unchanged',
  worse: 'worse',
  unknown: 'unknown',
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

export interface ObjectName {
  kind: string;
  namespace?: string;
  name: string;
}

export interface Recommendation {
  /** Its place in the answer, from 0; how explanations name it. */
  index: number;
  action: string;
  target: ObjectName;
  /** They fit the action's schema. Defaults are not filled in. */
  params: JsonObject;
  role: Role;
  /** Of a secondary one. */
  timing?: Timing;
  /** 0–1, as the model sees it. */
  confidence: number;
  rationale: string;
  successCriteria: SuccessCriterion[];
  /** `object`: the target is one that the incident is about · `namespace`: it only lies in one of its namespaces. */
  reach: 'object' | 'namespace';
  /** From the registry, whatever the model claims. */
  facts: Pick<ActionMeta, 'risk' | 'reversibility' | 'disruption' | 'readOnly'>;
}

/** How one will know that it helped. The action's own verification is always there; these come on top. */
export type SuccessCriterion =
  | { type: 'alert_resolved'; alert: string }
  /** A number or flag in the evidence of the step's own verification: `ready` `>=` 3. */
  | { type: 'evidence'; field: string; operator: '==' | '!=' | '<' | '<=' | '>' | '>='; value: number | boolean };

export interface InvestigationProblem {
  /** `recommendations[1].target`, `analysis`. */
  at: string;
  message: string;
}

export interface ToolUse {
  name: string;
  status: 'success' | 'error' | 'no_data' | 'approval_required' | 'other';
  /** The server's own name of the toolset. */
  toolset?: string;
}

/** What an incident is about; recommendations on anything else are left out. */
export interface InvestigationScope {
  cluster: string;
  /** The alert's target and what belongs to it: its owner, its pods, their nodes and volumes, its autoscaler and budget. */
  objects: ObjectName[];
  /** Any object in these namespaces, too. Never covers objects without a namespace. Default: none. */
  namespaces?: string[];
  /** Names of the alerts that a success criterion may name. */
  alerts: string[];
}
