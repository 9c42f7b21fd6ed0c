import type { ServerResponse } from 'node:http';
import type { ScriptedAnswer } from './scripted-holmesgpt';

/** The event stream of `/api/chat`: always 200; the last event has no tool calls; an error is an event. */
export function writeStream(response: ServerResponse, answer: ScriptedAnswer, tools: readonly object[]): void {
  const { status = 200, detail, cutAfterBytes } = answer;
  const text = typeof answer.analysis === 'string' ? answer.analysis : JSON.stringify(answer.analysis ?? {});
  const events =
    status === 200
      ? [
          event('token_count', { metadata: { usage: { total_tokens: 5 } } }),
          event('ai_message', { content: 'Let me look.' }),
          ...tools.flatMap((tool) => [event('start_tool_calling', tool), event('tool_calling_result', tool)]),
          event('ai_answer_end', {
            analysis: text,
            conversation_history: [{ role: 'system', content: 'x'.repeat(20_000) }],
            metadata: { usage: { total_tokens: 10 }, request_id: 'scripted-1' },
          }),
        ]
      : [
          event('error', {
            description: String(detail ?? 'scripted'),
            error_code: status === 429 ? 5204 : 1,
            msg: status === 429 ? 'Rate limit exceeded' : String(detail ?? 'scripted'),
            success: false,
          }),
        ];
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
  const body = events.join('');
  if (cutAfterBytes === undefined) return void response.end(body);
  response.write(body.slice(0, cutAfterBytes), () => response.destroy());
}

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
