import { z } from 'zod';
import type { Json, JsonObject } from '../json';
import { jsonInAnswer, nonsense } from './answer-json';
import { fitInvestigation } from './fit';
import { MAX_RECOMMENDATIONS, Verdict, type Finding, type Investigation, type PlaybookChoice } from './investigation';
import type { InvestigationProblem, Recommendation, ToolUse } from './investigation';
import { readConfidence, type ReadOptions } from './read-options';
import { readRecommendation } from './read-recommendation';
import { untrustedLine, untrustedText } from './untrusted-text';

/** What came back from HolmesGPT, of whichever endpoint, without the conversation. */
export interface HolmesAnswer {
  /** The model's own text: hopefully JSON. */
  analysis: string;
  /** Of the old `/api/investigate`: texts by the names that were asked for; `Recommendations` hopefully holds a JSON list. */
  sections?: Readonly<Record<string, string>>;
  tools: ToolUse[];
  requestId?: string;
  tokens?: number;
}

const MAX_EVIDENCE = 10;

/**
 * An answer of HolmesGPT as an {@link Investigation}. The text is untrusted: part of it may come from logs that somebody else
 * wrote. So nothing of it is ever executed, rendered or looked up; it can only choose among the offered actions, with params
 * that fit their schemas, on targets in the scope. What does not fit is left out and named in `problems`; the rest stands.
 *
 * @throws KubernautError HOLMES_NONSENSE when there is no JSON in it, or not of the form that was asked for
 */
export function readAnswer(answer: HolmesAnswer, options: ReadOptions): Investigation {
  const problems: InvestigationProblem[] = [];
  const given =
    answer.sections === undefined ? jsonInAnswer(answer.analysis, 'the answer') : fromSections(answer.sections);
  if (given === null || typeof given !== 'object' || Array.isArray(given))
    throw nonsense('the answer is no JSON object');
  const list = given['recommendations'];
  if (!Array.isArray(list)) throw nonsense('the answer has no list of recommendations');
  const analysis = readText(given['analysis'], 'analysis', 6 * 1024, problems);
  const rootCause = readText(given['root_cause'], 'root_cause', 1024, problems);
  if (analysis === '' && rootCause === '' && list.length === 0) throw nonsense('the answer says nothing');
  const playbook = readPlaybook(given['playbook'], options, problems);
  const verdict = Object.values(Verdict).find((value) => value === given['verdict']);
  return fitInvestigation({
    analysis,
    rootCause,
    confidence: readConfidence(given['confidence'], 'confidence', problems),
    evidence: readEvidence(given['evidence'], problems),
    recommendations: readRecommendations(list, options, problems),
    ...(playbook && { playbook }),
    problems,
    tools: answer.tools.slice(0, 50).map((tool) => ({ ...tool, name: untrustedLine(tool.name, 64) })),
    ...(verdict && { verdict }),
    ...(answer.requestId && { requestId: untrustedLine(answer.requestId, 128) }),
    ...(answer.tokens !== undefined && { tokens: answer.tokens }),
  });
}

function readRecommendations(list: Json[], options: ReadOptions, problems: InvestigationProblem[]): Recommendation[] {
  if (list.length > MAX_RECOMMENDATIONS) {
    const message = `${list.length - MAX_RECOMMENDATIONS} beyond the first ${MAX_RECOMMENDATIONS} were left out`;
    problems.push({ at: 'recommendations', message });
  }
  return list.slice(0, MAX_RECOMMENDATIONS).flatMap((item, index) => {
    const result = readRecommendation(item, index, options);
    problems.push(...result.problems.map((problem) => ({ ...problem, at: `recommendations[${index}]${problem.at}` })));
    return result.recommendation === undefined ? [] : [result.recommendation];
  });
}

/** Only a name that was offered counts; what comes with it is text and a number. */
function readPlaybook(
  value: Json | undefined,
  { playbooks = [] }: ReadOptions,
  problems: InvestigationProblem[],
): PlaybookChoice | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const { name, confidence, rationale } = (
    typeof value === 'string' ? { name: value } : Array.isArray(value) ? {} : value
  ) as JsonObject;
  const chosen = playbooks.find((each) => each === name);
  if (chosen === undefined) {
    const said = typeof name === 'string' ? untrustedLine(name, 64) : 'it';
    problems.push({ at: 'playbook', message: `${said} is none of the offered ones` });
    return undefined;
  }
  return {
    name: chosen,
    confidence: readConfidence(confidence, 'playbook.confidence', problems),
    rationale: typeof rationale === 'string' ? untrustedText(rationale, 1024) : '',
  };
}

/** Old servers answer in sections: the list must be JSON in the text of one; a nested list arrives as no JSON at all. */
function fromSections(sections: Readonly<Record<string, string>>): JsonObject {
  const text = (name: string) =>
    Object.entries(sections).find(([key]) => key.toLowerCase().replace(/[^a-z]/g, '') === name)?.[1];
  const list = text('recommendations');
  if (list === undefined) throw nonsense('the answer has no section Recommendations');
  // A model that was told to leave it empty says so in words as often as not.
  const given = (text('playbook') ?? '').trim();
  const playbook = /^(none|null|n\/a|-)?\.?$/i.test(given) ? '' : given;
  return {
    analysis: text('analysis') ?? '',
    root_cause: text('rootcause') ?? '',
    confidence: Number(text('confidence') ?? 0),
    recommendations: jsonInAnswer(list, 'the section Recommendations'),
    ...(playbook !== '' && { playbook: { name: playbook, confidence: Number(text('confidence') ?? 0) } }),
  };
}

function readText(value: Json | undefined, at: string, maxBytes: number, problems: InvestigationProblem[]): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return untrustedText(value, maxBytes);
  problems.push({ at, message: 'is no text' });
  return '';
}

const findings = z.looseObject({ source: z.string().default(''), finding: z.string().min(1) });

function readEvidence(value: Json | undefined, problems: InvestigationProblem[]): Finding[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    problems.push({ at: 'evidence', message: 'is no list' });
    return [];
  }
  return value.slice(0, MAX_EVIDENCE).flatMap((item) => {
    const { data } = findings.safeParse(item);
    if (data === undefined) return [];
    return [{ source: untrustedLine(data.source, 128), finding: untrustedText(data.finding, 512) }];
  });
}
