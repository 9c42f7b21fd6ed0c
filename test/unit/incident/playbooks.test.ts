import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry } from '../../../activities/actions';
import { loadPlaybooks } from '../../../activities/incident/load-playbooks';
import { matchPlaybooks } from '../../../activities/incident/match-playbooks';
import { planCheck } from '../../../activities/plan-check';
import { alert, investigation, IncidentRunner, iso, owner } from './incident-run';
import { defaultIncidentSettings, type IncidentOwner } from '../../../plan/incident';
import type { Investigation, ObjectName } from '../../../plan/investigation';
import { Outcome } from '../../../plan/outcome';

const registry = createRegistry();
const shipped = loadPlaybooks([join(__dirname, '../../../playbooks')], registry);
const POD = 'web-7d4b9c6f5d-x2x5k';
const node = { cluster: 'prod', kind: 'Node', name: 'node-1' };
const of = (kind: string, name = 'web') => ({ cluster: 'prod', kind, namespace: 'shop', name });
const object = (kind: string, name: string) => ({ kind, namespace: 'shop', name });

interface Fitting {
  alertname: string;
  labels?: Record<string, string>;
  about?: IncidentOwner;
  objects?: ObjectName[];
  changed?: boolean;
  steps: string;
}

const FITTING: Record<string, Fitting> = {
  'bad-rollout': { alertname: 'KubeDeploymentRolloutStuck', steps: 'rollback_deployment Deployment/shop/web {}' },
  'bad-rollout-statefulset': {
    alertname: 'KubeStatefulSetUpdateNotRolledOut',
    about: of('StatefulSet'),
    steps: 'rollback_statefulset StatefulSet/shop/web {}',
  },
  'bad-rollout-daemonset': {
    alertname: 'KubePodCrashLooping',
    about: of('DaemonSet'),
    changed: true,
    steps: 'rollback_daemonset DaemonSet/shop/web {}',
  },
  'crash-looping-pod': {
    alertname: 'KubePodCrashLooping',
    labels: { pod: POD },
    steps: `restart_pod Pod/shop/${POD} {"stableSeconds":30}`,
  },
  'out-of-memory': {
    alertname: 'ContainerOOMKilling',
    labels: { container: 'app' },
    steps:
      'increase_resources Deployment/shop/web {"container":"app","memory":{"request":{"factor":1.5,"cap":"4Gi"},"limit":{"factor":1.5,"cap":"4Gi"}}}',
  },
  'autoscaler-at-maximum': {
    alertname: 'KubeHpaMaxedOut',
    labels: { horizontalpodautoscaler: 'web' },
    steps: 'update_hpa HorizontalPodAutoscaler/shop/web {"max":{"factor":1.5},"cap":50}',
  },
  'budget-blocks-drain': {
    alertname: 'KubePodDisruptionBudgetAtLimit',
    labels: { poddisruptionbudget: 'web', node: 'node-1' },
    about: of('PodDisruptionBudget'),
    steps: 'update_pdb PodDisruptionBudget/shop/web {"relaxBy":1}, drain_node Node/node-1 {}',
  },
  'budget-deadlock': {
    alertname: 'KubePodDisruptionBudgetAtLimit',
    labels: { poddisruptionbudget: 'web' },
    steps: 'update_pdb PodDisruptionBudget/shop/web {"relaxBy":1}',
  },
  'taint-left-behind': {
    alertname: 'KubePodNotScheduled',
    labels: { node: 'node-1', key: 'maintenance' },
    steps: 'untaint_node Node/node-1 {"key":"maintenance"}',
  },
  'node-not-ready': {
    alertname: 'KubeNodeNotReady',
    about: node,
    steps: 'cordon_node Node/node-1 {}, drain_node Node/node-1 {}',
  },
  'node-under-pressure': { alertname: 'KubeNodePressure', about: node, steps: 'cordon_node Node/node-1 {}' },
  'cordon-left-behind': { alertname: 'KubeNodeUnschedulable', about: node, steps: 'uncordon_node Node/node-1 {}' },
  'traffic-blocked': {
    alertname: 'KubeDeploymentReplicasMismatch',
    objects: [object('NetworkPolicy', 'deny')],
    steps:
      'delete_network_policy NetworkPolicy/shop/deny {}, wait_for_condition Deployment/shop/web {"condition":"object.status.readyReplicas >= object.spec.replicas","timeoutSeconds":300}',
  },
  'volume-filling-up': {
    alertname: 'PVRunwayShort',
    labels: { persistentvolumeclaim: 'data' },
    steps: 'expand_pvc PersistentVolumeClaim/shop/data {"size":{"factor":1.5,"cap":"500Gi"}}',
  },
  'pull-secret-gone': {
    alertname: 'ImagePullBackOffPersistent',
    objects: [object('Secret', 'registry')],
    steps:
      'copy_secret Secret/shop/registry {"from":{"namespace":"secret-templates","name":"registry"}}, restart_workload Deployment/shop/web {}',
  },
  'quota-exhausted': {
    alertname: 'KubeResourceQuotaExhausted',
    about: { cluster: 'prod', kind: 'Namespace', name: 'shop' },
    steps: '',
  },
  'failed-job': {
    alertname: 'KubeJobFailed',
    labels: { job_name: 'report-28' },
    about: of('CronJob', 'report'),
    steps: 'delete_job Job/shop/report-28 {}',
  },
  'failing-cronjob': {
    alertname: 'KubeCronJobFailing',
    about: of('CronJob'),
    steps: 'suspend_cronjob CronJob/shop/web {}',
  },
};

const match = (given: Omit<Fitting, 'steps'>) => {
  const { alertname, labels = {}, about = owner, objects = [], changed = false } = given;
  return matchPlaybooks(shipped, { owner: about, alerts: [alert(alertname, 0, { labels })], objects, changed });
};

describe('the playbooks that ship', () => {
  it('are all in this test', () => {
    expect(Object.keys(FITTING).sort()).toEqual(shipped.map(({ name }) => name).sort());
  });

  it.each(Object.entries(FITTING))('%s alone fits its alert, and its plan passes the check', (name, fitting) => {
    const [found, ...others] = match(fitting);
    expect(others).toEqual([]);
    expect(found?.name).toBe(name);
    const steps = found!.steps.map(({ action, target, params }) => {
      const { kind, namespace, name: of } = target as Record<string, string>;
      return `${String(action)} ${[kind, namespace, of].filter(Boolean).join('/')} ${JSON.stringify(params)}`;
    });
    expect(steps.join(', ')).toBe(fitting.steps);
    if (found!.escalate !== undefined) return;
    const document = {
      apiVersion: 'kubernaut.dev/v1alpha1',
      kind: 'RemediationPlan',
      metadata: { name, reason: 'test', requester: 'playbook' },
      spec: { cluster: 'prod', steps: found!.steps },
    };
    const check = planCheck(registry, document);
    expect(check.ok ? [] : check.problems).toEqual([]);
  });

  it('fit no other alert, and none whose labels do not fill them in or hold code', () => {
    expect(match({ alertname: 'Watchdog' })).toEqual([]);
    expect(match({ alertname: 'KubePodCrashLooping' })).toEqual([]);
    for (const container of ['${{ steps }}', undefined]) {
      const labels: Record<string, string> = container === undefined ? {} : { container };
      expect(match({ alertname: 'KubeContainerOOMKilled', labels })).toEqual([]);
    }
    expect(match({ alertname: 'KubePodCrashLooping', labels: { pod: '../../x' } })).toEqual([]);
    expect(match({ alertname: 'PVRunwayShort', labels: { persistentvolumeclaim: '*' } })).toEqual([]);
    const key = '${{ steps }}';
    expect(match({ alertname: 'KubePodNotScheduled', labels: { node: 'node-1', key } })).toEqual([]);
  });

  it('that take what belongs to the owner do not fit when there is none of it, or more than one', () => {
    const { alertname } = FITTING['traffic-blocked']!;
    expect(match({ alertname })).toEqual([]);
    const two = [object('NetworkPolicy', 'deny'), object('NetworkPolicy', 'default-deny')];
    expect(match({ alertname, objects: two })).toEqual([]);
    expect(match({ alertname: 'ImagePullBackOffPersistent', objects: [object('Pod', POD)] })).toEqual([]);
  });
});

test('all that is wrong with playbooks is said at once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubernaut-playbooks-'));
  try {
    const base = 'description: x\nsteps: [{ id: a, action: rollback_deployment, target: owner }]\n';
    writeFileSync(join(folder, '1.yaml'), `name: one\nmatch: alert.name ==\n${base}`);
    writeFileSync(join(folder, '2.yaml'), `name: Two\nmatch: 'true'\n${base}`);
    writeFileSync(
      join(folder, '3.yaml'),
      "name: three\nmatch: 'true'\ndescription: x\nsteps: [{ id: a, action: nuke }, { id: b, action: cordon_node, params: { now: 1 } }]\n",
    );
    writeFileSync(
      join(folder, '4.yaml'),
      "name: four\nmatch: 'true'\ndescription: x\nsteps: [{ id: a, action: cordon_node, target: pod }]\n",
    );
    writeFileSync(join(folder, '5.yaml'), `name: five\nmatch: 'true'\nescalate: x\nonce: soon\n${base}`);
    writeFileSync(join(folder, '6.yaml'), `name: six\nmatch: 'true'\nescalate: x\n${base}`);
    const load = () => loadPlaybooks([folder], registry);
    for (const part of [
      '1.yaml: match',
      '2.yaml: name',
      'there is no action nuke',
      'steps.1.target: is missing',
      'now',
      'target: cordon_node takes no Pod',
      'give exactly one of steps, escalate',
      'once: must be a duration',
    ]) {
      expect(load).toThrow(expect.objectContaining({ message: expect.stringContaining(part) }));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('an incident with playbooks', () => {
  const settings = { ...defaultIncidentSettings, playbooks: true };
  const playbook = (name: string, approval: 'none' | 'required' = 'none') => ({
    name,
    approval,
    steps: [{ id: 'a', action: name, target: { kind: 'Deployment', namespace: 'shop', name: 'web' }, params: {} }],
  });
  const opened = () => {
    const run = new IncidentRunner();
    run.fire();
    const found = { owner, objects: [], notes: [] };
    expect(run.feed({ type: 'opened', settings, past: [], nextNumber: 1, found })).toMatchObject([
      { type: 'match_playbooks' },
    ]);
    return run;
  };

  it('carries out the first that fits without HolmesGPT, then the next with a person, then asks HolmesGPT', () => {
    const run = opened();
    const both = [playbook('rollback_deployment'), playbook('restart_deployment')];
    expect(run.feed({ type: 'matched', playbooks: both })).toMatchObject([
      { type: 'remediate', document: { spec: { approval: 'none' } } },
    ]);
    expect(run.remediated(Outcome.rolledBack, 'A')).toMatchObject([{ type: 'match_playbooks' }]);
    expect(run.feed({ type: 'matched', playbooks: both })).toMatchObject([
      { type: 'remediate', document: { metadata: { name: 'restart_deployment' }, spec: { approval: 'required' } } },
    ]);
    run.remediated(Outcome.rolledBack, 'B');
    expect(run.feed({ type: 'matched', playbooks: both })).toMatchObject([{ type: 'investigate' }]);
    expect(run.state.attempts.map(({ source }) => source)).toEqual([
      'playbook:rollback_deployment',
      'playbook:restart_deployment',
    ]);
  });

  it('calls a person with the numbers where a playbook says so, and does nothing', () => {
    const run = new IncidentRunner();
    run.fire();
    const findings = ['quota shop/compute: pods 4 of 4 used'];
    run.feed({ type: 'opened', settings, past: [], nextNumber: 1, found: { owner, objects: [], notes: [], findings } });
    const quota = { name: 'quota', approval: 'required' as const, escalate: 'raise it', steps: [] };
    expect(run.feed({ type: 'matched', playbooks: [quota] })).toEqual([]);
    expect(run.state).toMatchObject({
      outcome: 'escalated',
      reason: 'playbook quota: raise it; quota shop/compute: pods 4 of 4 used',
      attempts: [],
    });
  });

  it('does not do again what was done to the object as lately as the playbook says', () => {
    const done = (hoursAgo: number) => {
      const run = new IncidentRunner();
      run.fire();
      const at = iso(run.at - hoursAgo * 3_600_000);
      const past = [{ at, outcome: 'succeeded', steps: ['increase_resources on Deployment shop/web'], held: true }];
      run.feed({ type: 'opened', settings, past, nextNumber: 2, found: { owner, objects: [], notes: [] } });
      const playbooks = [{ ...playbook('increase_resources'), onceMs: 24 * 3_600_000 }];
      return run.feed({ type: 'matched', playbooks }).map(({ type }) => type);
    };
    expect(done(23)).toEqual(['investigate']);
    expect(done(25)).toEqual(['remediate']);
  });

  it('does nothing when the alerts resolve meanwhile, or it is aborted', () => {
    const quiet = opened();
    quiet.resolve();
    expect(quiet.feed({ type: 'matched', playbooks: [playbook('rollback_deployment')] })).toEqual([]);
    expect(quiet.state.result).toMatchObject({ outcome: 'self_resolved' });
    const aborted = opened();
    aborted.feed({ type: 'abort', request: { by: 'ann' } });
    expect(aborted.feed({ type: 'matched', playbooks: [playbook('rollback_deployment')] })).toEqual([]);
  });
});

describe('an incident whose playbooks are choices for HolmesGPT', () => {
  const settings = { ...defaultIncidentSettings, playbooks: true, playbooksAsChoices: true };
  const target = { kind: 'Deployment', namespace: 'shop', name: 'web' };
  const playbook = (name: string) => ({
    ...{ name, description: `about ${name}`, approval: 'none' as const },
    steps: [{ id: 'a', action: 'restart_deployment', target, params: {} }],
  });
  const offered = (...playbooks: ReturnType<typeof playbook>[]) => {
    const run = new IncidentRunner();
    run.fire();
    run.feed({ type: 'opened', settings, past: [], nextNumber: 1, found: { owner, objects: [], notes: [] } });
    return { run, commands: run.feed({ type: 'matched', playbooks }) };
  };
  const chose = (name: string, more: Partial<Investigation> = {}, confidence = 0.9): Investigation => ({
    ...investigation('rollback_deployment'),
    playbook: { name, confidence, rationale: '' },
    ...more,
  });

  it('offers all that fit, and carries out the one that is chosen before any recommendation', () => {
    const { run, commands } = offered(playbook('one'), playbook('two'));
    const steps = ['restart_deployment on Deployment shop/web'];
    const choices = ['one', 'two'].map((name) => ({ name, description: `about ${name}`, steps }));
    expect(commands).toMatchObject([{ type: 'investigate', input: { playbooks: choices } }]);
    expect(run.feed({ type: 'investigated', investigation: chose('two') })).toMatchObject([
      { type: 'remediate', document: { metadata: { name: 'two' }, spec: { approval: 'none' } } },
    ]);
    expect(run.state).toMatchObject({
      attempts: [{ source: 'holmesgpt:playbook:two' }],
      why: ['playbook two: taken: HolmesGPT chose it, confidence 0.9'],
    });
    run.remediated(Outcome.rolledBack, 'A');
    // It was tried; the other one is left.
    const left = [expect.objectContaining({ name: 'one' })];
    expect(run.feed({ type: 'matched', playbooks: [playbook('one'), playbook('two')] })).toMatchObject([
      { type: 'follow_up', input: { playbooks: left } },
    ]);
  });

  it.each<[string, Partial<Investigation>, number, string]>([
    ['it is too unsure', {}, 0.4, 'playbook one: left out: confidence 0.4 is below 0.5'],
    ['it has looked at nothing', { tools: [] }, 0.9, 'playbook one: left out: HolmesGPT has not looked at anything'],
  ])('leaves a chosen one out when %s, and says so', (_, more, confidence, why) => {
    const { run } = offered(playbook('one'));
    run.feed({ type: 'investigated', investigation: chose('one', more, confidence) });
    expect(run.state.why[0]).toBe(why);
    expect(run.state.played).toEqual([]);
  });

  it('asks a person when the choice is less sure than what may be automatic, or nothing may be', () => {
    const asked = (investigation: Investigation) => {
      const [command] = offered(playbook('one')).run.feed({ type: 'investigated', investigation });
      return command;
    };
    const required = { document: { spec: { approval: 'required' } } };
    expect(asked(chose('one', {}, 0.7))).toMatchObject(required);
    expect(asked(chose('one', { thresholds: { minConfidence: 0.5, needsEvidence: true } }))).toMatchObject(required);
  });

  it('plays none by itself when HolmesGPT is down, and none that was not offered', () => {
    const down = offered(playbook('one'));
    expect(
      down.run.feed({ type: 'investigation_failed', problem: { code: 'HOLMES_UNREACHABLE', message: 'x' } }),
    ).toEqual([]);
    expect(down.run.state.outcome).toBe('escalated');
    const { run } = offered(playbook('one'));
    expect(run.feed({ type: 'investigated', investigation: chose('other') })).toMatchObject([
      { type: 'remediate', document: { metadata: { requester: 'holmesgpt' } } },
    ]);
  });
});
