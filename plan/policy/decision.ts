import type { Approval, EscalationStage } from '../model';

/**
 * How far Kubernaut may go by itself. `observe`: preview and notify only · `approve`: a person approves whatever changes
 * something, unless a rule allows it · `auto`: goes, unless a rule asks or denies.
 */
export const PolicyMode = { observe: 'observe', approve: 'approve', auto: 'auto' } as const;
export type PolicyMode = (typeof PolicyMode)[keyof typeof PolicyMode];

/** From the mildest to the most restrictive. `observe`: nothing is denied, but nothing may be changed there either. */
export const PolicyVerdict = { allow: 'allow', approval: 'approval', observe: 'observe', deny: 'deny' } as const;
export type PolicyVerdict = (typeof PolicyVerdict)[keyof typeof PolicyVerdict];

const severity: readonly PolicyVerdict[] = ['allow', 'approval', 'observe', 'deny'];

/** The most restrictive of them; `allow` of none. */
export function strictest(verdicts: readonly PolicyVerdict[]): PolicyVerdict {
  return severity.findLast((verdict) => verdicts.includes(verdict)) ?? PolicyVerdict.allow;
}

/** Who has to approve, as a rule or a plan asks for it. What is absent is left to others. */
export interface ApprovalTerms {
  /** Different persons who must approve. Default 1. */
  quorum?: number;
  /** Groups whose members may approve; absent: anybody. */
  groups?: string[];
  deadline?: string;
  remindEvery?: string;
  /** Channel that is told. */
  notify?: string;
  escalation?: EscalationStage[];
  runWithin?: string;
}

/** A rule that had a part in the decision. */
export interface DecidingRule {
  /** `<policy>/<rule>`; `mode` stands for the mode of the place. */
  rule: string;
  verdict: PolicyVerdict;
  /** In the words of the policy, or why the rule could not be evaluated. */
  reason: string;
  /** Absent: it is about the plan as a whole. */
  step?: string;
}

export interface StepDecision {
  verdict: PolicyVerdict;
  approval?: ApprovalTerms;
}

/** Answer of the activity `policy.evaluate`; it is in the event history with the version of the policies. */
export interface PolicyDecision {
  verdict: PolicyVerdict;
  /** The most restrictive mode of all places that the plan changes something in. */
  mode: PolicyMode;
  /** `sha256:…` of all policy documents and modes. */
  version: string;
  /** The most restrictive first. */
  rules: DecidingRule[];
  /** Terms of the plan's approval when the verdict is `approval`. */
  approval?: ApprovalTerms;
  steps: Record<string, StepDecision>;
  /** Whoever asked for the plan may not approve it, from medium risk on. */
  noSelfApproval: boolean;
}

/** What holds when both must be satisfied: the larger quorum, all named groups, the shorter times. */
export function mergeTerms(
  a: ApprovalTerms,
  b: ApprovalTerms,
  shorter: (a: string, b: string) => string,
): ApprovalTerms {
  const quorum = Math.max(a.quorum ?? 1, b.quorum ?? 1);
  const groups = [...new Set([...(a.groups ?? []), ...(b.groups ?? [])])].sort();
  const least = (one: string | undefined, other: string | undefined) =>
    one !== undefined && other !== undefined ? shorter(one, other) : (one ?? other);
  const deadline = least(a.deadline, b.deadline);
  const remindEvery = least(a.remindEvery, b.remindEvery);
  const notify = b.notify ?? a.notify;
  const escalation = [...(a.escalation ?? []), ...(b.escalation ?? [])].sort((one, other) =>
    one.after === other.after ? 0 : shorter(one.after, other.after) === one.after ? -1 : 1,
  );
  const runWithin = least(a.runWithin, b.runWithin);
  return {
    ...(quorum > 1 && { quorum }),
    ...(groups.length > 0 && { groups }),
    ...(deadline !== undefined && { deadline }),
    ...(remindEvery !== undefined && { remindEvery }),
    ...(notify !== undefined && { notify }),
    ...(escalation.length > 0 && { escalation }),
    ...(runWithin !== undefined && { runWithin }),
  };
}

/**
 * The plan's own terms, made stricter by those of policies. Groups that a policy names stand alone, and so does its escalation:
 * whoever wrote the plan could else let their own group approve it. (Before revision 4 they did not; a run keeps what held when it began.)
 */
export function stricterApproval(
  own: Approval,
  terms: ApprovalTerms,
  shorter: (a: string, b: string) => string,
  revision: number,
): Approval {
  if (!terms.groups || revision < 4) return { ...own, ...mergeTerms(own, terms, shorter), required: true };
  const { groups: _, escalation: _stages, ...rest } = own;
  return { ...rest, ...mergeTerms(rest, terms, shorter), required: true };
}
