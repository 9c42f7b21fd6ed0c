import { z } from 'zod';
import { nonsense } from './answer-json';
import type { ToolUse } from './investigation';
import type { HolmesAnswer } from './read-answer';

const STATUSES = ['success', 'error', 'no_data', 'approval_required'] as const;

const toolCall = z.looseObject({
  tool_name: z.string().catch('unknown'),
  toolset_name: z.string().nullish().catch(undefined),
  result: z.looseObject({ status: z.string().catch('other') }).catch({ status: 'other' }),
});
const body = z.looseObject({
  analysis: z.string(),
  sections: z.record(z.string(), z.string()).nullish().catch(undefined),
  tool_calls: z.array(z.unknown()).nullish().catch(undefined),
  metadata: z
    .looseObject({
      request_id: z.string().optional().catch(undefined),
      costs: z.looseObject({ total_tokens: z.number().optional() }).nullish().catch(undefined),
      usage: z.looseObject({ total_tokens: z.number().optional() }).nullish().catch(undefined),
    })
    .nullish()
    .catch(undefined),
});

/**
 * The parts that matter of a response body of `POST /api/chat` or `/api/investigate`. The conversation, with the server's
 * system prompt in it and up to 41 kB large, is left behind, and so is what the tools have read.
 *
 * @throws KubernautError HOLMES_NONSENSE when there is no analysis in it
 */
export function holmesAnswer(given: unknown): HolmesAnswer {
  const { data } = body.safeParse(given);
  if (data === undefined) throw nonsense('HolmesGPT answered without an analysis');
  const { analysis, sections, tool_calls: calls, metadata } = data;
  const tokens = metadata?.costs?.total_tokens ?? metadata?.usage?.total_tokens;
  return {
    analysis,
    ...(sections && { sections }),
    tools: (calls ?? []).flatMap(toolUse),
    ...(metadata?.request_id && { requestId: metadata.request_id }),
    ...(tokens !== undefined && { tokens }),
  };
}

/** One entry of `tool_calls`, or one `tool_calling_result` of a stream; empty for anything else. */
export function toolUse(given: unknown): ToolUse[] {
  const { data } = toolCall.safeParse(given);
  if (data === undefined) return [];
  const status = STATUSES.find((each) => each === data.result.status) ?? 'other';
  return [{ name: data.tool_name, status, ...(data.toolset_name && { toolset: data.toolset_name.slice(0, 64) }) }];
}
