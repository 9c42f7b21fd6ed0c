import { createHolmesClient } from '../../../activities/investigation/holmes-client';
import { breaksTools } from '../../../activities/investigation/holmes-http';
import { environmentSecrets, type Secrets } from '../../../activities/secrets';
import type { HolmesGptSettings } from '../../../config/sections/holmesgpt';
import { KubernautError } from '../../../plan/errors';
import { type CheckResult, failed, messageOf, ok, warning } from './check';

const check = 'holmesgpt';

/**
 * Whether HolmesGPT answers, takes the key, knows the model and has tools that work. No question is asked: that would cost
 * money. The secret is read from where doctor runs, which may not be where the worker does.
 */
export async function checkHolmesGpt(
  settings: HolmesGptSettings,
  secrets: Secrets = environmentSecrets(),
): Promise<CheckResult> {
  try {
    const client = createHolmesClient(settings, secrets);
    const signal = AbortSignal.timeout(20_000);
    const can = await client.capabilities(signal);
    const info = can.info ? asRecord(await client.get('/api/info', signal)) : {};
    const models = modelsOf(await client.get('/api/model', signal));
    const doubts = [
      ...(settings.apiKey && breaksTools(await secrets.read(settings.apiKey))
        ? ['the key holds a shell metacharacter; from 0.43 on such a header can make HolmesGPT’s tools refuse to work']
        : []),
      ...(settings.model !== undefined && models.length > 0 && !models.includes(settings.model)
        ? [`it does not know the model ${settings.model} and takes its default one (it knows ${models.join(', ')})`]
        : []),
      ...(asRecord(info['toolsets_summary'])['enabled'] === 0
        ? ['none of its toolsets works, so it can look at nothing']
        : []),
      ...(can.responseFormat ? [] : ['it is too old to be held to a form of answer; its answers often cannot be used']),
    ];
    const version = typeof info['version'] === 'string' ? ` ${info['version'].slice(0, 32)}` : '';
    const reached = `${settings.url} answers, HolmesGPT${version}`;
    if (doubts.length === 0) return ok(check, reached);
    return warning(check, `${reached}; ${doubts.join('; ')}`, 'Correct `holmesgpt` in kubernaut.yaml, or the server.');
  } catch (error) {
    return failed(check, messageOf(error), error instanceof KubernautError ? error.remedy : undefined);
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** The list stands in a text, as JSON. */
function modelsOf(answer: unknown): string[] {
  try {
    const list: unknown = JSON.parse(String(asRecord(answer)['model_name'] ?? '[]'));
    return Array.isArray(list) ? list.filter((name): name is string => typeof name === 'string').slice(0, 20) : [];
  } catch {
    return [];
  }
}
