import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CompactSign } from 'jose';
import { parse } from 'yaml';
import { verifyDecision } from '../../../activities/decision/verify-decision';
import { promqlProblem, thresholds, withThreshold } from '../../../activities/executors/monitoring/rules/promql';
import { acceptPlan } from '../../../client/bridge/accept-plan';
import { parseAlertmanagerWebhook } from '../../../client/bridge/alertmanager';
import { HttpProblem } from '../../../client/bridge/problem';
import { readClick } from '../../../client/bridge/slack/interaction';
import { mcpTools } from '../../../client/mcp/tools';
import { planInput } from '../../../client/mcp/plan-input';
import { proposed } from '../../../client/mcp/tools/propose-plan';
import { readSettings } from '../../../config/load-settings';
import { DECISION_TYPE } from '../../../plan/decision/signed-decision';
import { slackButtonValue } from '../../../plan/decision/slack-buttons';
import { KubernautError } from '../../../plan/errors';
import { IncidentSignal } from '../../../plan/incident';
import { readAnswer } from '../../../plan/investigation';
import { checkPlan, parsePlan } from '../../../plan/parse';
import { parsePolicy } from '../../../plan/policy/check';
import { Steering } from '../../../plan/steering';
import { packageRoot } from '../../../tools/package-root';
import { readSignal } from '../../../workflows/incident-form';
import { faultOf } from '../../../workflows/steering-form';
import { options as offered, registry, rollBack, said, looked } from '../holmesgpt/answers';

/** A parser that reads what comes from outside. */
export interface Parser {
  name: string;
  /** Valid texts, to be tampered with. */
  seeds: readonly string[];
  /** The same as values. Default: the seeds, read as JSON. */
  documents?: readonly unknown[];
  /** Longest input that is read at all, in bytes; what is longer is refused before it. */
  limit: number;
  /** YAML takes a second or two for the worst text of that length; so long are those of the ordinary test run. Default: `limit`. */
  quickLimit?: number;
  /** Longest texts that are hostile to it alone. */
  long?: readonly string[];
  /** Whether it was accepted. @throws Error for a crash, or for something accepted that must not be */
  read(text: string): boolean | Promise<boolean>;
}

const root = packageRoot();
const file = (path: string): string => readFileSync(join(root, path), 'utf8');
const KIB = 1024;

/** Runs it; the documented error is a refusal, any other is a crash. */
function unlessRefused(run: () => void, isDocumented: (error: unknown) => boolean): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (isDocumented(error)) return false;
    throw error;
  }
}

const hasCode = (code: string) => (error: unknown) => error instanceof KubernautError && error.code === code;

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`accepted, although ${what}`);
}

/** JSON as the HTTP server hands it over; undefined: it would have answered 400. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const plans = readdirSync(join(root, 'examples/plans')).map((name) => file(`examples/plans/${name}`));
const alerts = file('examples/alerts/crash-looping.json');
const policies = readdirSync(join(root, 'policies')).map((name) => file(`policies/${name}`));

function readPlan(text: string): boolean {
  const result = parsePlan(text, { actions: registry });
  if (!result.ok) {
    must(result.problems.length > 0 && result.problems.every(({ remedy }) => remedy !== ''), 'nothing says why not');
    return false;
  }
  must(
    result.plan.spec.steps.every(({ action }) => registry.isRegistered(action)),
    'an action is not registered',
  );
  must(checkPlan(result.plan, { actions: registry }).ok, 'the same plan is refused once its defaults are filled in');
  return true;
}

function readWebhook(text: string): boolean {
  const refused = (error: unknown) => error instanceof Error && error.message.startsWith('not an Alertmanager webhook');
  return unlessRefused(() => {
    for (const result of parseAlertmanagerWebhook(json(text), '2026-11-24T12:00:00Z')) {
      if (!result.ok) continue;
      const { labels, annotations, status } = result.alert;
      must(Object.hasOwn(labels, 'alertname') && labels['alertname'] !== '', 'it has no name');
      must(status === 'firing' || status === 'resolved', 'it is in no known state');
      const texts = [...Object.values(labels), ...Object.values(annotations)];
      must(
        texts.every((each) => typeof each === 'string'),
        'a label is no text',
      );
    }
  }, refused);
}

function readHolmes(text: string): boolean {
  return unlessRefused(() => {
    const { recommendations } = readAnswer({ analysis: text, tools: [looked] }, offered);
    for (const { action, target, params, confidence } of recommendations) {
      const known = offered.actions.get(action);
      must(known !== undefined, `${action} was not offered`);
      must(known!.checkParams(params).length === 0, 'its params do not fit');
      must(confidence >= 0 && confidence <= 1, 'its confidence is no share');
      const inside = offered.scope.objects.some(
        ({ kind, namespace, name }) =>
          target.namespace === namespace && (namespace !== undefined || (target.kind === kind && target.name === name)),
      );
      must(inside, `${JSON.stringify(target)} is outside the incident`);
    }
  }, hasCode('HOLMES_NONSENSE'));
}

const clickOn = {
  ...{ type: 'block_actions', user: { id: 'U0ANN', team_id: 'T0TEAM' }, team: { id: 'T0TEAM' } },
  message: { text: 'web needs an approval', blocks: [{ type: 'actions', block_id: 'b' }] },
  response_url: 'https://hooks.slack.com/actions/T1/2/x',
  actions: [
    { action_id: 'kubernaut_approve', value: slackButtonValue({ workflow: 'remediation/web/1', digest: 'sha256:a' }) },
  ],
};

function readSlack(text: string): boolean {
  const read = (form: string) =>
    unlessRefused(
      () => {
        const { about, user, decision } = readClick(form);
        must(typeof user === 'string' && user !== '', 'nobody clicked');
        must(decision === 'approve' || decision === 'reject', 'it decides nothing');
        must(typeof about.workflow === 'string' && typeof about.digest === 'string', 'it is about nothing');
      },
      (error) => error instanceof HttpProblem && error.status === 422,
    );
  const asForm = read(text);
  return read(`payload=${encodeURIComponent(Buffer.from(text).toString())}`) || asForm;
}

const keys = generateKeyPairSync('ed25519');
const approvalKey = { id: 'ann', publicKey: keys.publicKey.export({ type: 'spki', format: 'pem' }) as string };
const NOW = Date.parse('2026-11-24T12:00:00Z');
const workflow = 'remediation/web/1';
const claims = {
  ...{ by: 'ann', workflow, digest: 'sha256:a', decision: 'approve', jti: 'j1' },
  ...{ iat: NOW / 1000, exp: NOW / 1000 + 300 },
};

async function signed(payload: string, key: KeyObject = keys.privateKey): Promise<string> {
  return new CompactSign(new TextEncoder().encode(payload))
    .setProtectedHeader({ alg: 'EdDSA', typ: DECISION_TYPE, kid: 'ann' })
    .sign(key);
}

async function readDecision(jws: string): Promise<boolean> {
  const answer = await verifyDecision({ jws, workflow, decision: 'approve' }, [approvalKey], NOW);
  if (!answer.ok) {
    must(answer.reason !== '', 'nothing says why not');
    return false;
  }
  const { by, digest, decision, jti } = answer.claims;
  must(answer.claims.workflow === workflow && decision === 'approve', 'it is about something else');
  must(
    [by, digest, jti].every((text) => typeof text === 'string' && text !== ''),
    'it lacks a claim',
  );
  return true;
}

const settings = ['clusters:\n  - name: dev\n    context: kind-dev\nbridge:\n  slack: { signingSecret: { env: S } }\n'];

function readPromql(text: string): boolean {
  if (promqlProblem(text) !== undefined) return false;
  for (const each of thresholds(text)) {
    must(Number.isFinite(each.value), 'a threshold is no number');
    must(promqlProblem(withThreshold(text, each, 7)) === undefined, 'another threshold breaks it');
  }
  return true;
}

function readMcp(text: string): boolean {
  const value = json(text);
  if (value === undefined) return false;
  for (const { input } of mcpTools) input.safeParse(value);
  const { success, data } = planInput.safeParse(value);
  if (!success) return false;
  return unlessRefused(
    () => {
      const { plan } = acceptPlan(data, { actions: registry, requester: 'agent' });
      must(proposed(plan, 'agent').spec.approval.required === true, 'nobody is asked');
    },
    (error) => error instanceof HttpProblem && error.status < 500,
  );
}

const alert = {
  ...{ fingerprint: 'f', name: 'Down', startsAt: '2026-11-24T12:00:00Z', received: '2026-11-24T12:00:00Z' },
  ...{ status: 'firing', labels: { alertname: 'Down' }, annotations: {} },
};
const requests = [
  { by: 'ann', digest: 'sha256:a', also: [{ digest: 'sha256:b' }] },
  { by: 'ann', step: 'scale', params: {} },
];

function readSignals(text: string): boolean {
  const value = json(text);
  const happenings = Object.values(IncidentSignal).map((name) => readSignal(name, value));
  const faults = Object.values(Steering).map((kind) => faultOf(kind, value));
  return happenings.some(({ type }) => type !== 'refused') || faults.includes(undefined);
}

export const parsers: readonly Parser[] = [
  {
    name: 'plan',
    seeds: plans,
    documents: plans.map((text) => parse(text)),
    limit: 256 * KIB,
    quickLimit: 8 * KIB,
    read: readPlan,
  },
  { name: 'Alertmanager webhook', seeds: [alerts], limit: 256 * KIB, read: readWebhook },
  {
    name: 'HolmesGPT answer',
    seeds: [JSON.stringify(said([rollBack])), `So:\n\`\`\`json\n${JSON.stringify(said([rollBack]))}\n\`\`\`\n`],
    documents: [said([rollBack]), said([rollBack, { ...rollBack, role: 'alternative' }])],
    limit: 256 * KIB,
    read: readHolmes,
  },
  {
    name: 'policy',
    seeds: policies,
    documents: policies.map((text) => parse(text)),
    limit: 256 * KIB,
    quickLimit: 8 * KIB,
    read: (text) => parsePolicy(text).ok,
  },
  { name: 'Slack callback', seeds: [JSON.stringify(clickOn)], limit: 256 * KIB, read: readSlack },
  { name: 'signed decision', seeds: [JSON.stringify(claims)], limit: 8 * KIB, read: readDecision },
  {
    name: 'claims of a signed decision',
    seeds: [JSON.stringify(claims)],
    limit: 5 * KIB,
    read: async (text) => readDecision(await signed(text)),
  },
  {
    name: 'settings',
    seeds: settings,
    documents: settings.map((text) => parse(text)),
    limit: 256 * KIB,
    quickLimit: 8 * KIB,
    read: (text) => unlessRefused(() => readSettings(text, 'kubernaut.yaml'), hasCode('SETTINGS_INVALID')),
  },
  {
    name: 'PromQL',
    seeds: ['sum by (x) (rate(e[5m])) > 0.05 and on(x) up == 1', 'histogram_quantile(0.9, a) >= -(3) # why'],
    documents: [{}],
    limit: 10_000,
    long: [
      `${'('.repeat(4_900)}1${')'.repeat(4_900)} > a`,
      `a > ${'-'.repeat(9_990)}1`,
      `a${' > 1'.repeat(2_490)}`,
      `${'('.repeat(3_300)}a${' > 1)'.repeat(1_300)}`,
    ],
    read: readPromql,
  },
  {
    name: 'MCP input',
    seeds: plans.map((text) => JSON.stringify({ plan: parse(text) })),
    documents: plans.flatMap((text) => [parse(text), { plan: text, key: 'k' }]),
    limit: 256 * KIB,
    read: readMcp,
  },
  {
    name: 'signals and updates',
    seeds: [alert, ...requests].map((value) => JSON.stringify(value)),
    limit: 256 * KIB,
    read: readSignals,
  },
];
