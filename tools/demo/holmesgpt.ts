import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startScriptedHolmesGpt } from '../holmesgpt/scripted-holmesgpt';

/** Who is asked what is wrong. */
export interface DemoHolmesGpt {
  url: string;
  /** As the output calls it, so that nobody takes a script for a model. */
  label: string;
  /** How long its answer may take; of a model, minutes. */
  seconds: number;
  close(): Promise<void>;
}

interface RecordedAnswer {
  analysis: string;
  tool_calls: { tool_name: string; toolset_name: string }[];
}

const RECORDED = 'crash-looping.json';

/** The one that `HOLMESGPT_URL` names, else one of the demo's own that gives the recorded answer of `examples/`. */
export async function demoHolmesGpt(examples: string, env: NodeJS.ProcessEnv): Promise<DemoHolmesGpt> {
  const url = env['HOLMESGPT_URL'];
  if (url !== undefined && url !== '') return { url, label: `at ${url}`, seconds: 1200, close: async () => undefined };
  const { analysis, tool_calls: calls } = JSON.parse(
    await readFile(join(examples, 'holmesgpt', RECORDED), 'utf8'),
  ) as RecordedAnswer;
  const scripted = await startScriptedHolmesGpt();
  scripted.script({
    analysis,
    tools: calls.map(({ tool_name: name, toolset_name: toolset }) => ({ name, toolset })),
  });
  return {
    url: scripted.url,
    label: `scripted, no model: it says what is in examples/holmesgpt/${RECORDED}`,
    seconds: 60,
    close: () => scripted.close(),
  };
}

/** `holmesgpt` of kubernaut.yaml; the key of a server that asks for one is in `HOLMESGPT_API_KEY`. */
export function holmesGptSettings({ url }: DemoHolmesGpt, env: NodeJS.ProcessEnv): object {
  return { url, ...(env['HOLMESGPT_API_KEY'] && { apiKey: { env: 'HOLMESGPT_API_KEY' } }) };
}
