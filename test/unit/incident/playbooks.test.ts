import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry } from '../../../activities/actions';
import { loadPlaybooks } from '../../../activities/incident/load-playbooks';
import { matchPlaybooks } from '../../../activities/incident/match-playbooks';
import { planCheck } from '../../../activities/plan-check';
import { alert, IncidentRunner, owner } from './incident-run';
import { defaultIncidentSettings } from '../../../plan/incident';
import { Outcome } from '../../../plan/outcome';

const registry = createRegistry();
const shipped = loadPlaybooks([join(__dirname, '../../../playbooks')], registry);
const POD = 'web-7d4b9c6f5d-x2x5k';
const node = { cluster: 'prod', kind: 'Node', name: 'node-1' };

describe('the playbooks that ship', () => {
  it.each([
    ['bad-rollout', 'KubeDeploymentRolloutStuck', {}, owner, 'rollback_deployment Deployment/shop/web {}'],
    [
      'crash-looping-pod',
      'KubePodCrashLooping',
      { pod: POD },
      owner,
      `restart_pod Pod/shop/${POD} {"stableSeconds":30}`,
    ],
    [
      'out-of-memory',
      'KubeContainerOOMKilled',
      { container: 'app' },
      owner,
      'increase_resources Deployment/shop/web {"container":"app","memory":{"request":{"factor":1.5,"cap":"4Gi"},"limit":{"factor":1.5,"cap":"4Gi"}}}',
    ],
    ['node-not-ready', 'KubeNodeNotReady', {}, node, 'cordon_node Node/node-1 {}, drain_node Node/node-1 {}'],
  ])('%s fits its alert, and its plan passes the check', (name, alertname, labels, about, expected) => {
    const [match, ...others] = matchPlaybooks(shipped, [alert(alertname, 0, { labels: labels as never })], about);
    expect(others).toEqual([]);
    expect(match?.name).toBe(name);
    const steps = match!.steps.map(({ action, target, params }) => {
      const { kind, namespace, name } = target as Record<string, string>;
      return `${String(action)} ${[kind, namespace, name].filter(Boolean).join('/')} ${JSON.stringify(params)}`;
    });
    expect(steps.join(', ')).toBe(expected);
    const document = {
      apiVersion: 'kubernaut.dev/v1alpha1',
      kind: 'RemediationPlan',
      metadata: { name, reason: 'test', requester: 'playbook' },
      spec: { cluster: 'prod', steps: match!.steps },
    };
    const check = planCheck(registry, document);
    expect(check.ok ? [] : check.problems).toEqual([]);
  });

  it('fit no other alert, and none whose labels do not fill them in or hold code', () => {
    expect(matchPlaybooks(shipped, [alert('Watchdog', 0)], owner)).toEqual([]);
    expect(matchPlaybooks(shipped, [alert('KubePodCrashLooping', 0)], owner)).toEqual([]);
    for (const container of ['${{ steps }}', undefined]) {
      const labels: Record<string, string> = container === undefined ? {} : { container };
      expect(matchPlaybooks(shipped, [alert('KubeContainerOOMKilled', 0, { labels })], owner)).toEqual([]);
    }
    const evil = alert('KubePodCrashLooping', 0, { labels: { pod: '../../x' } });
    expect(matchPlaybooks(shipped, [evil], owner)).toEqual([]);
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
    const load = () => loadPlaybooks([folder], registry);
    for (const part of [
      '1.yaml: match',
      '2.yaml: name',
      'there is no action nuke',
      'steps.1.target: is missing',
      'now',
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
