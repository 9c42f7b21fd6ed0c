import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyDecision } from '../../../activities/decision/verify-decision';
import { MAX_OUTPUT_BYTES } from '../../../activities/plain-json';
import { parseAlertmanagerWebhook } from '../../../client/bridge/alertmanager';
import { BODY_LIMIT } from '../../../client/bridge/create-bridge';
import { CODEC_BODY_LIMIT } from '../../../client/codec-server/create-codec-server';
import { MAX_SETTINGS_CHARS, readSettings } from '../../../config/load-settings';
import { MAX_EXPRESSION_LENGTH } from '../../../plan/cel-environment';
import { MAX_DOCUMENT_BYTES } from '../../../plan/check';
import { MAX_JWS_CHARS } from '../../../plan/decision/signed-decision';
import { MAX_RECOMMENDATIONS } from '../../../plan/investigation';
import { jsonInAnswer, MAX_ANSWER_BYTES } from '../../../plan/investigation/answer-json';
import { MAX_PLAN_BYTES } from '../../../plan/parse';
import { MAX_DEPTH } from '../../../plan/plain-document';
import { MAX_STEPS } from '../../../plan/schema';
import { packageRoot } from '../../../tools/package-root';

const page = readFileSync(join(packageRoot(), 'docs/threat-model.md'), 'utf8');
const ALERTS = 10_000;
const limits: [string, number][] = [
  ['body of a request to the bridge', BODY_LIMIT],
  ['the same of the codec server', CODEC_BODY_LIMIT],
  ['plan or policy as text', MAX_PLAN_BYTES],
  ['plan as a document', MAX_DOCUMENT_BYTES],
  ['nesting of a plan or policy', MAX_DEPTH],
  ['steps of a plan', MAX_STEPS],
  ['CEL expression, characters', MAX_EXPRESSION_LENGTH],
  ['alerts of one webhook', ALERTS],
  ['answer of HolmesGPT', MAX_ANSWER_BYTES],
  ['recommendations of an answer', MAX_RECOMMENDATIONS],
  ['signed decision, characters', MAX_JWS_CHARS],
  ['settings file, characters', MAX_SETTINGS_CHARS],
  ['output of an action', MAX_OUTPUT_BYTES],
];

test('the page names every limit as it is in the code', () => {
  const rows = page
    .slice(page.indexOf('## Limits on input'), page.indexOf('## Dependencies'))
    .matchAll(/^\| (.+?) +\| (\d+)( KiB)? /gm);
  const shown = [...rows].map(([, what, figure, unit]) => [what, Number(figure) * (unit ? 1024 : 1)]);
  expect(shown).toEqual(limits.map(([what, figure]) => [what, figure]));
});

describe('One more than the limit is refused', () => {
  test('in an answer of HolmesGPT', () => {
    const text = (bytes: number) => JSON.stringify({ a: 'x'.repeat(bytes - 8) });
    expect(jsonInAnswer(text(MAX_ANSWER_BYTES), 'it')).toBeDefined();
    expect(() => jsonInAnswer(text(MAX_ANSWER_BYTES + 1), 'it')).toThrow('larger than 256 KiB');
  });

  test('in a settings file', () => {
    expect(readSettings(`#${'x'.repeat(MAX_SETTINGS_CHARS - 1)}`, 'f')).toBeDefined();
    expect(() => readSettings(`#${'x'.repeat(MAX_SETTINGS_CHARS)}`, 'f')).toThrow(`at most ${MAX_SETTINGS_CHARS}`);
  });

  test('in a webhook', () => {
    const webhook = (count: number) => ({ version: '4', alerts: Array.from({ length: count }, () => ({})) });
    expect(parseAlertmanagerWebhook(webhook(ALERTS))).toHaveLength(ALERTS);
    expect(() => parseAlertmanagerWebhook(webhook(ALERTS + 1))).toThrow('not an Alertmanager webhook');
  });

  test('in a signed decision', async () => {
    const verify = (length: number) =>
      verifyDecision({ jws: 'x'.repeat(length), workflow: 'w', decision: 'approve' }, [], 0);
    expect(await verify(MAX_JWS_CHARS)).toMatchObject({ reason: expect.stringContaining('not a compact JWS') });
    expect(await verify(MAX_JWS_CHARS + 1)).toMatchObject({ reason: expect.stringContaining('longer than 8 KiB') });
  });
});
