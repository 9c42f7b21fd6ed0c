import { decidePlaybook } from '../investigation/decide-playbook';
import { decideRemedy, type RemedyDecision, type TriedStep } from '../investigation/decide-remedy';
import type { Investigation } from '../investigation/investigation';
import { planOfRemedy } from '../investigation/plan-of-remedy';
import { untrustedLine } from '../investigation/untrusted-text';
import type { JsonObject } from '../json';
import { PLAN_API_VERSION } from '../model';
import type { Problem } from '../outcome';
import { conclude } from './conclude';
import type { IncidentDraft } from './draft';
import { anyFiring, firing, titleOf } from './fold-alert';
import { stepsOf } from './judge';
import type { MatchedPlaybook } from './playbook';
import { followUpInput, investigateInput } from './question';
import { IncidentOutcome, IncidentPhase } from './types';

/** Another tool's answer has no tools to show and often no confidence; in return a person approves whatever comes of it. */
const PUSHED_THRESHOLDS = { minConfidence: 0, needsEvidence: false };

/** What is to be done now that nothing is under way. */
export function next(draft: IncidentDraft): void {
  const { aborting, attempts, settings, pushed, questions, alerts } = draft.state;
  draft.set({ asking: undefined, asked: undefined, offered: undefined, watch: undefined, until: undefined });
  if (aborting) {
    return conclude(
      draft,
      IncidentOutcome.aborted,
      `aborted by ${aborting.by}${aborting.reason ? `: ${aborting.reason}` : ''}`,
    );
  }
  const [push] = pushed;
  if (!anyFiring(draft.state) && questions.length === 0 && (push === undefined || alerts.length > 0)) {
    if (alerts.length === 0) return conclude(draft, IncidentOutcome.noAction, 'nothing was asked and no alert came');
    const did = attempts.length > 0 ? '; no remediation of it held' : ' before anything was begun';
    return conclude(draft, IncidentOutcome.selfResolved, `the alerts have resolved${did}`);
  }
  if (attempts.length >= settings!.attempts) {
    return conclude(draft, IncidentOutcome.escalated, `${attempts.length} remediations did not help`);
  }
  draft.set({ phase: IncidentPhase.investigating });
  if (push !== undefined) {
    draft.set({ pushed: pushed.slice(1), asking: 'pushed', asked: push });
    return draft.command({ type: 'read_pushed', pushed: push, input: investigateInput(draft.state) });
  }
  if (settings!.playbooks && alerts.length > 0 && questions.length === 0) {
    draft.set({ asking: 'playbooks' });
    const { owner, objects, changed = false } = draft.state;
    return draft.command({ type: 'match_playbooks', alerts: firing(draft.state), owner, objects, changed });
  }
  askHolmes(draft);
}

function askHolmes(draft: IncidentDraft): void {
  draft.set({ asking: 'holmesgpt' });
  const again = draft.state.last !== undefined && draft.state.investigation !== undefined;
  draft.command(
    again
      ? { type: 'follow_up', input: followUpInput(draft.state) }
      : { type: 'investigate', input: investigateInput(draft.state) },
  );
}

/**
 * Playbooks come first: they are the operators' own word. Each is tried once; where HolmesGPT chooses, they are offered to it,
 * but for one that says that a person is called.
 */
export function afterMatching(draft: IncidentDraft, playbooks: readonly MatchedPlaybook[]): void {
  const { aborting, settings } = draft.state;
  if (aborting || isMoot(draft)) return next(draft);
  const usable = playbooks.filter((each) => isUsable(draft, each));
  const [playbook] = usable;
  if (playbook === undefined) return askHolmes(draft);
  if (playbook.escalate === undefined && settings!.playbooksAsChoices) {
    draft.set({ offered: usable.filter(({ escalate }) => escalate === undefined) });
    return askHolmes(draft);
  }
  play(draft, playbook, `playbook:${playbook.name}`, []);
}

/** Not tried in this incident, and nothing of it done to this object as recently as it says. */
function isUsable({ state, at }: IncidentDraft, { name, onceMs = 0, steps }: MatchedPlaybook): boolean {
  const actions = steps.map(({ action }) => action);
  const did = (step: string) => actions.includes(step.split(' ')[0]!);
  const lately = state.past.some((each) => at - Date.parse(each.at) < onceMs && each.steps.some(did));
  return !lately && !state.played.includes(name);
}

function play(
  draft: IncidentDraft,
  { name, approval, escalate, steps }: MatchedPlaybook,
  source: string,
  reasons: readonly string[],
): void {
  const { played, owner, id, findings = [] } = draft.state;
  draft.set({ played: [...played, name] });
  if (escalate !== undefined) {
    const reason = [`playbook ${name}: ${escalate}`, ...findings].join('; ').slice(0, 600);
    draft.fact('no_remedy', reason);
    return conclude(draft, IncidentOutcome.escalated, reason);
  }
  const askBecause = [
    ...(approval === 'required' ? [`the playbook ${name} says so`] : []),
    ...reasons,
    ...reasonsOfIncident(draft),
  ];
  const document: JsonObject = {
    apiVersion: PLAN_API_VERSION,
    kind: 'RemediationPlan',
    metadata: {
      name,
      reason: `${untrustedLine(titleOf(draft.state).replaceAll('${{', '$ {'), 200)}: playbook ${name}`,
      requester: 'playbook',
      incident: id,
    },
    spec: { cluster: owner.cluster, approval: askBecause.length > 0 ? 'required' : 'none', steps },
  };
  attempt(draft, { document, source, askBecause, tried: [] });
}

/** An answer has been read. Only what is left of it after the decision becomes a plan, and that only when it is still wanted. */
export function afterAnswer(draft: IncidentDraft, investigation: Investigation): void {
  const { aborting, asked, tried, owner, id, offered = [] } = draft.state;
  const source = asked === undefined ? 'holmesgpt' : `pushed:${asked.source}`;
  draft.set({ investigation });
  draft.fact('investigated', `${source}: ${investigation.rootCause || investigation.analysis}`);
  if (aborting || isMoot(draft)) return next(draft);
  const chosen = decidePlaybook(investigation);
  const playbook = chosen?.taken ? offered.find(({ name }) => name === chosen.name) : undefined;
  if (playbook !== undefined) {
    draft.set({ why: [`playbook ${playbook.name}: taken: ${chosen!.why}`] });
    return play(draft, playbook, `${source}:playbook:${playbook.name}`, chosen!.askBecause);
  }
  const decision = decideRemedy(investigation, { tried, ...(asked && { thresholds: PUSHED_THRESHOLDS }) });
  draft.set({
    why: [
      ...(chosen ? [`playbook ${chosen.name}: left out: ${chosen.why}`] : []),
      ...decision.why.map(({ action, why, taken }) => `${action}: ${taken ? 'taken' : 'left out'}: ${why}`),
    ],
  });
  if (decision.kind === 'escalate') return nothingUsable(draft, decision.reason);
  const askBecause = [...decision.askBecause, ...reasonsOfIncident(draft)];
  const remedy = { ...decision, askBecause };
  const options = { cluster: owner.cluster, incident: id, title: titleOf(draft.state) };
  const { document } = planOfRemedy(remedy, investigation, options);
  attempt(draft, { document, source, askBecause, tried: triedBy(decision) });
}

interface Attempt {
  document: JsonObject;
  source: string;
  askBecause: string[];
  tried: TriedStep[];
}

function attempt(draft: IncidentDraft, { document, source, askBecause, tried }: Attempt): void {
  const { attempts, settings, nextNumber } = draft.state;
  const number = attempts.length + 1;
  const steps = stepsOf(document);
  draft.set({
    phase: IncidentPhase.remediating,
    asking: undefined,
    asked: undefined,
    document,
    remediation: { document },
    attempts: [...attempts, { number, source, steps, measured: [], startedAt: draft.now }],
    tried: [...draft.state.tried, ...tried],
  });
  const asking = askBecause.length > 0 ? ` (asking a person: ${askBecause.join('; ')})` : '';
  draft.fact('decided', `attempt ${number} of ${settings!.attempts}, ${source}: ${steps.join(', ')}${asking}`);
  draft.command({ type: 'remediate', document, number: nextNumber, summary: steps.join(', ').slice(0, 190) });
}

/** Nobody, or nobody of sense, answered: never an action, never a success. */
export function noAnswer(draft: IncidentDraft, { code, message }: Problem): void {
  const { aborting } = draft.state;
  draft.fact('investigation_failed', `${code}: ${message}`);
  if (aborting || isMoot(draft) || code === 'CANCELLED') return next(draft);
  nothingUsable(draft, `no usable answer (${code}): ${message}`);
}

function nothingUsable(draft: IncidentDraft, reason: string): void {
  const { pushed, alerts, attempts } = draft.state;
  draft.fact('no_remedy', reason);
  // Another tool's suggestion may still do.
  if (pushed.length > 0) return next(draft);
  draft.set({ questions: [] });
  const harmless = alerts.length === 0 && attempts.length === 0 && reason === 'HolmesGPT recommends no action';
  conclude(draft, harmless ? IncidentOutcome.noAction : IncidentOutcome.escalated, reason);
}

function isMoot({ state }: IncidentDraft): boolean {
  return state.alerts.length > 0 && state.questions.length === 0 && !anyFiring(state);
}

/** What the incident's course adds to the reasons for asking a person. */
function reasonsOfIncident({ state, at }: IncidentDraft): string[] {
  const { attempts, asked, past, settings } = state;
  const recent = past.find((each) => at - Date.parse(each.at) < settings!.cooldownAfterFailureMs);
  return [
    ...(attempts.length > 0 ? ['a remediation of this incident did not hold'] : []),
    ...(attempts.length === 0 && recent ? [`something was done about it at ${recent.at}, and here it is again`] : []),
    ...(asked ? [`${asked.source} recommends it`] : []),
  ];
}

function triedBy({ primary, secondary }: Extract<RemedyDecision, { kind: 'remedy' }>): TriedStep[] {
  return [primary, ...secondary].map(({ action, target, params }) => ({ action, target, params }));
}
