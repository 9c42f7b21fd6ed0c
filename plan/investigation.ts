import { z } from 'zod';
import { KubernautError } from './errors';
import type { JsonObject } from './json';
import { hasTemplate } from './template';

/** What HolmesGPT answered, as far as it could be understood. Still untrusted: a recommendation is a wish, not a command. */
export interface Investigation {
  analysis: string;
  rootCause: string;
  /** 0–1, as the model sees it. */
  confidence: number;
  recommendations: Recommendation[];
  /** Of HolmesGPT's own bookkeeping. */
  requestId?: string;
  /** Tools that gave an answer; without a single one the model has looked at nothing. */
  successfulTools: string[];
}

export interface Recommendation {
  action: string;
  target: { kind: string; namespace?: string; name: string };
  params: JsonObject;
  confidence: number;
  rationale: string;
}

const MAX_ANSWER_CHARS = 64 * 1024;
const name = z.string().min(1).max(253);
const recommendationSchema = z.looseObject({
  action: z.string().min(1).max(63),
  target: z.looseObject({ kind: z.string().min(1).max(63), namespace: name.optional(), name }),
  parameters: z.record(z.string().max(63), z.json()).default({}),
  confidence: z.number().min(0).max(1).default(0),
  rationale: z.string().max(4096).default(''),
});
const analysisSchema = z.looseObject({
  analysis: z.string().max(MAX_ANSWER_CHARS),
  root_cause: z.string().max(4096).default(''),
  confidence: z.number().min(0).max(1).default(0),
  recommendations: z.array(recommendationSchema).max(20).default([]),
});
const chatSchema = z.looseObject({
  analysis: z.string().max(MAX_ANSWER_CHARS),
  tool_calls: z
    .array(z.looseObject({ tool_name: z.string(), result: z.looseObject({ status: z.string() }) }))
    .nullish()
    .transform((calls) => calls ?? []),
  metadata: z.looseObject({ request_id: z.string().max(128).optional() }).nullish(),
});

/**
 * Reads the response body of HolmesGPT's `POST /api/chat` with a `response_format`. The server does not hold the model to
 * the format: `analysis` may be prose, or JSON in a code fence, or of other types; all of that is refused, nothing guessed.
 *
 * @throws KubernautError INVESTIGATION_INVALID with what was wrong
 */
export function parseInvestigation(body: unknown): Investigation {
  const chat = checked(chatSchema, body, 'the answer');
  const answer = checked(analysisSchema, parseJson(unfence(chat.analysis)), 'its analysis');
  return {
    analysis: answer.analysis,
    rootCause: answer.root_cause,
    confidence: answer.confidence,
    recommendations: answer.recommendations.map(toRecommendation),
    ...(chat.metadata?.request_id && { requestId: chat.metadata.request_id }),
    successfulTools: chat.tool_calls.filter(({ result }) => result.status === 'success').map((call) => call.tool_name),
  };
}

function toRecommendation(given: z.output<typeof recommendationSchema>): Recommendation {
  const { action, confidence, rationale } = given;
  const { kind, namespace, name } = given.target;
  const params = given.parameters as JsonObject;
  // Templates are the plan author's; in a model's text they would be code.
  if (hasTemplate(params) || hasTemplate([kind, namespace ?? '', name])) {
    throw new KubernautError('INVESTIGATION_INVALID', `the recommendation of ${action} contains an expression`);
  }
  return { action, target: { kind, ...(namespace && { namespace }), name }, params, confidence, rationale };
}

function unfence(text: string): string {
  return /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/.exec(text)?.[1] ?? text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new KubernautError('INVESTIGATION_INVALID', 'HolmesGPT answered in prose, not in the JSON it was asked for');
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new KubernautError(
    'INVESTIGATION_INVALID',
    `${what} has not the form it was asked for: ${problems.join('; ')}`,
  );
}
