import { Outcome } from '../../../plan/outcome';
import type { IncidentCommand } from '../../../plan/incident/state';
import { alert, investigation, IncidentRunner, iso, owner } from './incident-run';

function types(commands: readonly IncidentCommand[]): string[] {
  return commands.map(({ type }) => type);
}

function opened(): IncidentRunner {
  const run = new IncidentRunner();
  run.fire();
  run.open();
  return run;
}

function approvalOf(commands: readonly IncidentCommand[]): unknown {
  const command = commands.find((each) => each.type === 'remediate');
  return (command as unknown as { document: { spec: { approval: string } } }).document.spec.approval;
}

describe('an incident', () => {
  it('goes from the alert over one automatic remediation to a resolved end, and closes after its cooldown', () => {
    const run = opened();
    expect(types(run.commands)).toEqual(['open', 'investigate']);
    const commands = run.feed({ type: 'investigated', investigation: investigation('rollback_deployment') });
    expect(types(commands)).toEqual(['remediate']);
    expect(approvalOf(commands)).toBe('none');
    expect(types(run.remediated())).toEqual(['watch_health', 'watch_alerts']);
    run.watched('good');
    expect(run.state).toMatchObject({ phase: 'suppressed', outcome: 'resolved' });
    run.feed({ type: 'tick' }, 300_000);
    expect(run.state.phase).toBe('ended');
    expect(run.state.result).toMatchObject({
      outcome: 'resolved',
      attempts: [{ number: 1, outcome: 'succeeded', held: true, effectiveness: { score: 1, alert: 1, health: 1 } }],
      past: [{ outcome: 'succeeded', held: true, score: 1 }],
    });
  });

  it('ends without anything done when the alerts resolve while HolmesGPT is being asked', () => {
    const run = opened();
    expect(types(run.resolve())).toEqual(['cancel_investigation']);
    run.feed({ type: 'investigation_failed', problem: { code: 'CANCELLED', message: 'cancelled' } });
    expect(run.state.result).toMatchObject({ outcome: 'self_resolved', attempts: [] });
    expect(types(run.commands)).not.toContain('remediate');
  });

  it('withdraws a remediation that is not needed any more, and leaves one that has begun to its end', () => {
    const run = opened();
    run.feed({ type: 'investigated', investigation: investigation('rollback_deployment') });
    run.feed({ type: 'remediation_started', id: 'remediation/x/1', number: 1 });
    expect(run.resolve()).toEqual([{ type: 'withdraw', id: 'remediation/x/1', reason: 'the alerts have resolved' }]);
    run.feed({ type: 'remediation_ended', result: { ...baseResult(), outcome: Outcome.aborted } });
    expect(run.state.result).toMatchObject({ outcome: 'self_resolved' });
  });

  it.each(['HOLMES_NOT_CONFIGURED', 'HOLMES_UNREACHABLE', 'HOLMES_NONSENSE', 'INTERNAL'])(
    'goes to a person when HolmesGPT ends in %s, with the reason and without any remediation',
    (code) => {
      const run = opened();
      run.feed({ type: 'investigation_failed', problem: { code, message: 'it is down' } });
      expect(run.state).toMatchObject({
        outcome: 'escalated',
        reason: expect.stringContaining(`${code}): it is down`),
      });
      expect(types(run.commands)).not.toContain('remediate');
    },
  );

  it('asks a person from the second attempt on, tells HolmesGPT what came of the first, and tries at most three times', () => {
    const run = opened();
    const actions = ['rollback_deployment', 'restart_deployment', 'scale_deployment', 'set_image'];
    actions.slice(0, 3).forEach((action, n) => {
      const commands = run.feed({ type: 'investigated', investigation: investigation(action) });
      expect(approvalOf(commands)).toBe(n === 0 ? 'none' : 'required');
      run.remediated();
      const next = run.watched('bad');
      if (n === 2) return;
      expect(types(next)).toEqual(['follow_up']);
      expect(next[0]).toMatchObject({ input: { execution: { outcome: 'succeeded', alertResolved: false } } });
    });
    expect(run.state).toMatchObject({ outcome: 'escalated', reason: '3 remediations did not help' });
  });

  it('does not do the same thing twice, and stops at the same failure twice', () => {
    const run = opened();
    run.feed({ type: 'investigated', investigation: investigation('rollback_deployment') });
    run.remediated(Outcome.rolledBack, 'VERIFICATION_FAILED');
    run.feed({ type: 'investigated', investigation: investigation('rollback_deployment', 'restart_deployment') });
    expect(run.state.attempts[1]!.steps).toEqual(['restart_deployment on Deployment shop/web']);
    run.remediated(Outcome.rolledBack, 'VERIFICATION_FAILED');
    expect(run.state).toMatchObject({ outcome: 'escalated', reason: expect.stringMatching(/^twice in the same way/) });
  });

  it.each([Outcome.rejected, Outcome.expired, Outcome.rollbackFailed])(
    'goes to a person at once when its remediation ends as %s',
    (outcome) => {
      const run = opened();
      run.feed({ type: 'investigated', investigation: investigation('rollback_deployment') });
      expect(run.remediated(outcome)).toEqual([]);
      expect(run.state).toMatchObject({ outcome: 'escalated', reason: `${outcome}: ended as ${outcome}` });
    },
  );

  it('reopens when its alert fires again within the cooldown, and then asks a person', () => {
    const run = opened();
    run.feed({ type: 'investigated', investigation: investigation('rollback_deployment') });
    run.remediated();
    run.watched('good');
    run.at += 60_000;
    expect(types(run.fire())).toEqual(['follow_up']);
    expect(run.state.attempts[0]!.held).toBe(false);
    const commands = run.feed({ type: 'investigated', investigation: investigation('restart_deployment') });
    expect(approvalOf(commands)).toBe('required');
  });

  it('takes a late echo of a firing that has resolved for what it is', () => {
    const run = opened();
    const echo = run.state.alerts[0]!;
    run.feed({ type: 'investigated', investigation: investigation('rollback_deployment') });
    run.remediated();
    run.watched('good');
    expect(run.feed({ type: 'alert', alert: echo })).toEqual([]);
    expect(run.state.outcome).toBe('resolved');
  });

  it('starts nothing for alerts after it went to a person, but does when somebody asks', () => {
    const run = opened();
    run.feed({ type: 'investigation_failed', problem: { code: 'HOLMES_UNREACHABLE', message: 'down' } });
    expect(run.fire('Other')).toEqual([]);
    expect(run.state.phase).toBe('suppressed');
    const request = { by: 'ann', question: 'look again', received: iso(run.at) };
    expect(types(run.feed({ type: 'investigate', request }))).toEqual(['investigate']);
  });

  it('hands alerts of another owner over, those that came meanwhile too', () => {
    const run = new IncidentRunner();
    run.fire();
    const other = { ...owner, kind: 'StatefulSet' };
    const found = { owner: other, objects: [], notes: [] };
    const settings = { attempts: 3, soakMs: 1, resolveWithinMs: 1, cooldownMs: 1, cooldownAfterFailureMs: 1 };
    expect(types(run.feed({ type: 'opened', settings, past: [], nextNumber: 1, found }))).toEqual(['forward']);
    run.fire('Second');
    run.feed({ type: 'investigate', request: { by: 'ann', question: 'why?', received: iso(run.at) } });
    const again = run.feed({ type: 'forwarded', arrivals: 1 });
    expect(again).toMatchObject([
      { type: 'forward', alerts: [{ name: 'KubePodCrashLooping' }, { name: 'Second' }], questions: [{ by: 'ann' }] },
    ]);
    run.feed({ type: 'forwarded', arrivals: 3 });
    expect(run.state.result).toMatchObject({ outcome: 'joined', joined: 'incident/prod/shop/StatefulSet/web' });
  });

  it('believes the notifications where there is no Alertmanager to ask, after the soak time', () => {
    const run = opened();
    run.feed({ type: 'investigated', investigation: investigation('rollback_deployment') });
    run.remediated();
    run.watched('unknown');
    expect(run.state.phase).toBe('watching');
    run.resolve();
    run.feed({ type: 'tick' }, 60_000);
    expect(run.state.phase).toBe('watching');
    run.feed({ type: 'tick' }, 60_000);
    expect(run.state).toMatchObject({ outcome: 'resolved' });
  });

  it('has a person approve what another tool recommends, whatever its confidence', () => {
    const run = opened();
    const pushed = { source: 'runbook-bot', answer: {}, received: iso(run.at) };
    run.feed({ type: 'recommendations', pushed });
    expect(
      types(run.feed({ type: 'investigation_failed', problem: { code: 'HOLMES_LOST', message: 'lost' } })),
    ).toEqual(['read_pushed']);
    const commands = run.feed({ type: 'investigated', investigation: investigation('rollback_deployment') });
    expect(approvalOf(commands)).toBe('required');
    expect(run.state.attempts[0]!.source).toBe('pushed:runbook-bot');
  });

  it('folds a storm of 200 alerts, each sent five times, into one question and one remediation', () => {
    const run = new IncidentRunner();
    for (let round = 0; round < 5; round++) {
      for (let n = 0; n < 200; n++) run.feed({ type: 'alert', alert: alert('Storm', 0, { labels: { n: String(n) } }) });
    }
    run.open();
    run.feed({ type: 'investigated', investigation: investigation('rollback_deployment') });
    expect(run.state.received).toBe(1000);
    expect(types(run.commands)).toEqual(['open', 'investigate', 'remediate']);
    expect(JSON.stringify(run.state).length).toBeLessThan(200_000);
  });
});

function baseResult() {
  return { outcome: Outcome.aborted, reason: 'aborted', dryRun: false, steps: [], undone: [], left: [], problems: [] };
}
