import type { Readable } from 'node:stream';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { KubernautError } from '../../plan/errors';
import { holmesAnswer, toolUse, type HolmesAnswer, type ToolUse } from '../../plan/investigation';
import { holmesError } from './holmes-errors';
import { eachChunk } from './holmes-http';

/**
 * Reads the event stream of `POST /api/chat` up to its answer. The status of a stream is always 200; an error is an event in
 * it. The last event has no tool calls, so they are gathered from theirs.
 *
 * @param onProgress gets one line for each thing that HolmesGPT begins
 * @throws KubernautError of the catalogue; `HOLMES_LOST` when it ends without an answer
 */
export async function readHolmesStream(
  body: Readable,
  mostBytes: number,
  onProgress: (message: string) => void,
): Promise<HolmesAnswer> {
  const tools: ToolUse[] = [];
  let answer: HolmesAnswer | undefined;
  const take = (event: EventSourceMessage) => {
    const data = parse(event);
    switch (event.event) {
      case 'start_tool_calling':
        return onProgress(`HolmesGPT looks: ${nameOf(data)}`);
      case 'tool_calling_result':
        return void tools.push(...toolUse(data));
      case 'ai_answer_end':
        answer = { ...holmesAnswer(data), tools };
        return;
      case 'error':
        throw holmesError('HolmesGPT', {
          errorCode: typeof data['error_code'] === 'number' ? data['error_code'] : undefined,
          detail: String(data['description'] ?? data['msg'] ?? '').slice(0, 500),
        });
      case 'approval_required':
        // Only comes to those who offer to approve tool calls, which Kubernaut never does: nobody will decide.
        throw new KubernautError(
          'HOLMES_NONSENSE',
          'HolmesGPT waits for the approval of a tool call instead of answering',
        );
      default:
        // token_count, ai_message, and whatever later versions tell.
        return;
    }
  };
  const parser = createParser({ onEvent: take, maxBufferSize: mostBytes });
  const decoder = new TextDecoder();
  await eachChunk(body, mostBytes, (chunk) => parser.feed(decoder.decode(chunk, { stream: true })));
  if (answer === undefined) {
    throw new KubernautError('HOLMES_LOST', 'HolmesGPT: the stream ended before the answer did');
  }
  return answer;
}

function parse({ data, event }: EventSourceMessage): Record<string, unknown> {
  try {
    const value = JSON.parse(data) as unknown;
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  if (event === 'ai_answer_end')
    throw new KubernautError('HOLMES_NONSENSE', 'the last event of the stream is not JSON');
  return {};
}

function nameOf(data: Record<string, unknown>): string {
  const name = data['tool_name'];
  return typeof name === 'string' ? name.replace(/[^\w .:/-]/g, '').slice(0, 64) : 'with a tool';
}
