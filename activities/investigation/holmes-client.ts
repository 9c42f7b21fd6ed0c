import type { HolmesGptSettings } from '../../config/sections/holmesgpt';
import { KubernautError } from '../../plan/errors';
import { holmesAnswer, type HolmesAnswer, type ObjectName } from '../../plan/investigation';
import type { JsonObject } from '../../plan/json';
import type { Secrets } from '../secrets';
import { assumedCapabilities, capabilitiesOf, type HolmesCapabilities } from './holmes-capabilities';
import { holmesHttp, readText } from './holmes-http';
import { readHolmesStream } from './holmes-stream';

export interface HolmesQuestion {
  /** One line: what it is about. */
  title: string;
  ask: string;
  systemPrompt: string;
  responseFormat: JsonObject;
  /** For servers that know no `response_format`: what to write into the section `Recommendations`, as a JSON list. */
  sectionText: string;
  /** For them, too: how to choose a playbook. Absent: there is none to choose. */
  playbookText?: string;
  subject?: ObjectName;
  /** Groups the turns of one incident in HolmesGPT's own bookkeeping. */
  conversationId: string;
}

export interface HolmesCall {
  signal: AbortSignal;
  /** For the whole answer. */
  timeoutMs: number;
  onProgress?: (message: string) => void;
  /** Called right before the question is sent. */
  onAsked?: () => void;
}

export interface HolmesClient {
  /** @throws KubernautError `HOLMES_*` */
  capabilities(signal: AbortSignal): Promise<HolmesCapabilities>;
  /**
   * Asks once. Capabilities are detected anew, so a server may be replaced by a newer one at any time.
   *
   * @throws KubernautError `HOLMES_*`, and the reason of the signal when it aborts. Leaving does not stop HolmesGPT: it has no
   * way to be told.
   */
  ask(question: HolmesQuestion, call: HolmesCall): Promise<HolmesAnswer>;
  /** A small GET for `kubernaut doctor`; `undefined` when there is no such endpoint. */
  get(path: '/readyz' | '/api/info' | '/api/model', signal: AbortSignal): Promise<unknown>;
}

const SMALL_CALL_MS = 15_000;
/** Answers carry the conversation (41 kB) and all that the tools have read. */
const MOST_BYTES = 16 * 1024 * 1024;

export function createHolmesClient(settings: HolmesGptSettings, secrets: Secrets): HolmesClient {
  const http = holmesHttp(settings, secrets);
  const get = async (path: string, signal: AbortSignal): Promise<unknown> => {
    try {
      const read = { method: 'GET', path, timeoutMs: SMALL_CALL_MS, signal } as const;
      return parseJson(await http.send(read, (body) => readText(body, MOST_BYTES)), path);
    } catch (error) {
      if (error instanceof KubernautError && error.code === 'HOLMES_REFUSED') return undefined;
      throw error;
    }
  };
  const capabilities = async (signal: AbortSignal): Promise<HolmesCapabilities> => {
    const document = await get('/openapi.json', signal);
    return document === undefined ? assumedCapabilities : (capabilitiesOf(document) ?? assumedCapabilities);
  };
  return {
    capabilities,
    get,
    async ask(question, { signal, timeoutMs, onProgress, onAsked }) {
      const can = await capabilities(signal);
      const old = !can.responseFormat && can.investigate;
      const stream = settings.stream && can.stream && !old && onProgress !== undefined;
      const path = old ? '/api/investigate' : '/api/chat';
      const body = old ? investigateBody(question, settings) : chatBody(question, settings, can, stream);
      onAsked?.();
      const accept = stream ? 'text/event-stream' : 'application/json';
      return await http.send({ method: 'POST', path, body, accept, timeoutMs, signal }, async (answer) =>
        stream
          ? await readHolmesStream(answer, MOST_BYTES, onProgress)
          : holmesAnswer(parseJson(await readText(answer, MOST_BYTES), path)),
      );
    },
  };
}

/** Never `enable_tool_approval`: without it a tool that would need a person is refused, and nothing is left waiting. */
function chatBody(
  question: HolmesQuestion,
  { model }: HolmesGptSettings,
  { responseFormat }: HolmesCapabilities,
  stream: boolean,
): object {
  return {
    ask: question.ask,
    additional_system_prompt: responseFormat
      ? question.systemPrompt
      : `${question.systemPrompt}\n${question.sectionText}`,
    ...(responseFormat && { response_format: question.responseFormat }),
    ...(model !== undefined && { model }),
    ...(stream && { stream: true }),
    request_source: 'alert_investigation',
    source_ref: question.conversationId,
    conversation_id: question.conversationId,
  };
}

function investigateBody(question: HolmesQuestion, { model }: HolmesGptSettings): object {
  return {
    source: 'kubernaut',
    title: question.title,
    description: `${question.systemPrompt}\n\n${question.ask}`,
    subject: question.subject ?? {},
    context: {},
    source_instance_id: 'kubernaut',
    include_tool_calls: true,
    include_tool_call_results: true,
    sections: {
      Analysis: 'What is wrong, for the person who decides.',
      'Root Cause': 'One sentence.',
      Confidence: 'A number from 0 to 1: that this is the root cause.',
      Recommendations: question.sectionText,
      ...(question.playbookText !== undefined && { Playbook: question.playbookText }),
    },
    ...(model !== undefined && { model }),
  };
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new KubernautError('HOLMES_NONSENSE', `HolmesGPT: ${path} answered with something that is not JSON`);
  }
}
