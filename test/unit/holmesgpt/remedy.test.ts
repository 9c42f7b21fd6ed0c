import { checkPlan } from '../../../plan/check';
import {
  decideRemedy,
  planOfRemedy,
  readAnswer,
  type RemedyDecision,
  type TriedStep,
} from '../../../plan/investigation';
import type { JsonObject } from '../../../plan/json';
import type { RemediationPlan } from '../../../plan/model';
import { answerOf, looked, options, registry, rollBack, said, scope, web } from './answers';

const restart: JsonObject = { ...rollBack, action: 'restart_deployment', role: 'alternative', confidence: 0.95 };
const cordon: JsonObject = { ...rollBack, action: 'cordon_node', target: { kind: 'Node', name: 'node-1' } };
const secondary = (timing: string, change: JsonObject = {}): JsonObject => ({
  ...cordon,
  role: 'secondary',
  timing,
  ...change,
});

const read = (list: JsonObject[], tools = [looked]) => readAnswer(answerOf(said(list), tools), options);
const automatic = {
  minConfidence: 0.5,
  needsEvidence: true,
  automatic: { minConfidence: 0.8, maxRisk: 'low' as const },
};

function remedy(decision: RemedyDecision): Extract<RemedyDecision, { kind: 'remedy' }> {
  if (decision.kind === 'escalate') throw new Error(decision.reason);
  return decision;
}

/** The plan as the engine would take it. */
function planOf(list: JsonObject[]): RemediationPlan {
  const investigation = read(list);
  const given = planOfRemedy(remedy(decideRemedy(investigation)), investigation, {
    cluster: 'prod',
    incident: 'incident/prod/shop/Deployment/web',
    title: 'KubePodCrashLooping',
  });
  const result = checkPlan(given.document, { actions: registry });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.plan;
}

describe('Which recommendation is taken', () => {
  test('the model’s primary comes before a more confident alternative, and both are explained', () => {
    const decision = decideRemedy(read([restart, rollBack]));
    expect(decision).toMatchObject({ kind: 'remedy', primary: { index: 1 } });
    expect(decision.why).toEqual([
      {
        index: 0,
        action: 'restart_deployment',
        target: web,
        taken: false,
        why: 'kept for a next attempt: recommendation 1 comes before it (primary, confidence 0.9, risk medium)',
      },
      {
        index: 1,
        action: 'rollback_deployment',
        target: web,
        taken: true,
        why: 'the first of 2 usable ones: primary, confidence 0.9, risk medium',
      },
    ]);
  });

  test('an alternative steps in for a primary that is too unsure, was left out, or was tried before', () => {
    expect(decideRemedy(read([{ ...rollBack, confidence: 0.4 }, restart]))).toMatchObject({ primary: { index: 1 } });
    expect(decideRemedy(read([{ ...rollBack, action: 'nope' }, restart]))).toMatchObject({ primary: { index: 1 } });
    const tried: TriedStep[] = [{ action: 'rollback_deployment', target: web, params: {} }];
    const decision = decideRemedy(read([rollBack, restart]), { tried });
    expect(decision).toMatchObject({
      primary: { index: 1 },
      why: [{ why: /tried already/ }, {}].map(() => expect.anything()),
    });
    expect(decision.why[0]?.why).toBe('the same was tried already and did not last');
  });

  test('the same parameters in another order are the same attempt', () => {
    const params = { replicas: 3, max: 5 };
    const scale = { ...rollBack, action: 'scale_deployment', parameters: params };
    const tried = [{ action: 'scale_deployment', target: web, params: { max: 5, replicas: 3 } }];
    expect(decideRemedy(read([scale]), { tried })).toMatchObject({ kind: 'escalate' });
  });

  test('of two alternatives the less risky one is taken when the model is equally sure', () => {
    const high = { ...restart, action: 'set_image', parameters: { image: 'registry.example/shop/web:1' } };
    expect(decideRemedy(read([high, restart]))).toMatchObject({ primary: { index: 1 } });
  });
});

describe('A person is called when', () => {
  test.each<[string, RemedyDecision, RegExp]>([
    ['nothing is recommended', decideRemedy(read([])), /recommends no action/],
    [
      'nothing of it is allowed',
      decideRemedy(read([{ ...rollBack, action: 'nope' }])),
      /nothing that HolmesGPT recommends/,
    ],
    ['nothing of it is sure enough', decideRemedy(read([{ ...rollBack, confidence: 0.1 }])), /none of the 1/],
    ['no tool was called', decideRemedy(read([rollBack], [])), /is a guess/],
    ['no tool worked', decideRemedy(read([rollBack], [{ ...looked, status: 'error' }])), /is a guess/],
    [
      'the only tool that worked was the model’s own list of things to do',
      decideRemedy(read([rollBack], [{ name: 'TodoWrite', status: 'success', toolset: 'core_investigation' }])),
      /is a guess/,
    ],
    ['there are only steps beside a primary one', decideRemedy(read([secondary('parallel')])), /none of the 1/],
  ])('%s', (_, decision, reason) => {
    expect(decision).toMatchObject({ kind: 'escalate', reason: expect.stringMatching(reason) });
    expect(decision.why.every(({ taken }) => !taken)).toBe(true);
  });

  test('settings do not say that nobody need be asked', () => {
    expect(remedy(decideRemedy(read([cordon]))).askBecause).toEqual([
      'every recommendation of HolmesGPT is approved by a person here',
    ]);
  });

  test('any step is riskier or less sure than what may be automatic; the model’s own word on risk counts nothing', () => {
    expect(remedy(decideRemedy(read([cordon]), { thresholds: automatic })).askBecause).toEqual([]);
    const { askBecause } = remedy(
      decideRemedy(
        read([
          { ...cordon, confidence: 0.7 },
          { ...restart, role: 'secondary', risk: 'low' },
        ]),
        {
          thresholds: automatic,
        },
      ),
    );
    expect(askBecause).toEqual([
      'cordon_node on Node node-1: confidence 0.7, below 0.8',
      'restart_deployment on Deployment shop/web: its risk is medium',
    ]);
  });

  test('the target only lies in a namespace of the incident', () => {
    const wide = { ...options, scope: { ...scope, namespaces: ['shop'] } };
    const other = { ...rollBack, target: { ...web, name: 'api' } };
    const investigation = readAnswer(answerOf(said([other])), wide);
    const { askBecause } = remedy(decideRemedy(investigation, { thresholds: automatic }));
    expect(askBecause).toContain('rollback_deployment on Deployment shop/api: the incident is not about this object');
  });
});

describe('The plan', () => {
  test('of one recommendation is one step that a person approves, with its success criteria', () => {
    const criteria = [
      { type: 'evidence', field: 'ready', operator: '>=', value: 3 },
      { type: 'evidence', field: 'pods.restarts', operator: '==', value: 0 },
    ];
    const plan = planOf([{ ...rollBack, success_criteria: criteria }]);
    expect(plan.metadata).toMatchObject({ requester: 'holmesgpt', reason: 'KubePodCrashLooping: bad image' });
    expect(plan.spec).toMatchObject({ cluster: 'prod', approval: { required: true }, rollbackStrategy: 'automatic' });
    expect(plan.spec.steps).toMatchObject([
      { id: 'primary', critical: true, verify: { expect: 'evidence.ready >= 3 && evidence.pods.restarts == 0' } },
    ]);
  });

  test('runs a step beside the primary one and one after it; neither failure undoes a primary that helped', () => {
    const { steps } = planOf([rollBack, secondary('parallel'), secondary('after', { action: 'uncordon_node' })]).spec;
    expect(steps.map(({ id, dependsOn, critical }) => [id, dependsOn, critical])).toEqual([
      ['primary', [], true],
      ['beside-1', [], false],
      ['after-1', ['primary'], false],
    ]);
  });

  test('has the steps for a failed primary one after the other, and then the last must succeed', () => {
    const { steps } = planOf([
      rollBack,
      secondary('if_primary_fails'),
      { ...restart, role: 'secondary', timing: 'if_primary_fails' },
      secondary('after', { action: 'uncordon_node' }),
    ]).spec;
    expect(
      steps.map(({ id, dependsOn, when, critical, onFailure }) => [id, dependsOn, when, critical, onFailure]),
    ).toEqual([
      ['primary', [], undefined, false, 'continue'],
      ['after-1', ['primary'], 'steps.primary.status != "failed"', false, 'continue'],
      ['instead-1', ['primary'], 'steps["primary"].status == "failed"', false, 'continue'],
      ['instead-2', ['instead-1'], 'steps["instead-1"].status == "failed"', true, 'rollback'],
    ]);
  });

  test('waits for the alert where it can, else leaves that to the incident', () => {
    const alert = { type: 'alert_resolved', alert: 'KubePodCrashLooping' };
    const investigation = read([{ ...rollBack, success_criteria: [alert] }]);
    const { toConfirm } = planOfRemedy(remedy(decideRemedy(investigation)), investigation, {
      cluster: 'prod',
      title: 't',
    });
    expect(toConfirm).toEqual([alert]);
    const watched = planOfRemedy(remedy(decideRemedy(investigation)), investigation, {
      cluster: 'prod',
      title: 't',
      watchesAlerts: true,
    });
    expect(watched.toConfirm).toEqual([]);
    const checked = checkPlan(watched.document, { actions: registry });
    const matchers = [{ name: 'namespace', value: 'shop' }];
    const checks = [{ alertResolved: { alertname: 'KubePodCrashLooping', matchers } }];
    expect(checked).toMatchObject({ ok: true, plan: { spec: { steps: [{ verify: { checks } }] } } });
  });

  test('is the same for the same answer', () => {
    expect(planOf([restart, rollBack, cordon])).toEqual(planOf([restart, rollBack, cordon]));
  });

  test('of an answer that talks in expressions holds none', () => {
    const investigation = readAnswer(
      answerOf(said([rollBack], { root_cause: '${{ steps.primary.effect }}' })),
      options,
    );
    const given = planOfRemedy(remedy(decideRemedy(investigation)), investigation, {
      cluster: 'prod',
      title: '${{ x }}',
    });
    expect(JSON.stringify(given.document)).not.toContain('${{');
    expect(checkPlan(given.document, { actions: registry })).toMatchObject({ ok: true });
  });
});
