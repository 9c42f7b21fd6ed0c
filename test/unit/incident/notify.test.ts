import { notificationParams } from '../../../activities/executors/custom/notify/message';
import type { IncidentCommand } from '../../../plan/incident/state';
import { Outcome } from '../../../plan/outcome';
import { investigation, IncidentRunner, owner } from './incident-run';

type Notify = Extract<IncidentCommand, { type: 'notify' }>;

const noticesOf = (commands: readonly IncidentCommand[]) =>
  commands.filter((each): each is Notify => each.type === 'notify').map(({ notice }) => notice);

function opened(labels: Record<string, string> = {}): IncidentRunner {
  const run = new IncidentRunner();
  run.fire('KubePodCrashLooping', { labels });
  run.open({ notify: true });
  return run;
}

const down = { type: 'investigation_failed', problem: { code: 'HOLMES_UNREACHABLE', message: 'it is down' } } as const;

describe('an incident that needs a person', () => {
  it('tells people why, what was tried, and where to look', () => {
    const run = opened({ severity: 'critical' });
    run.feed({ type: 'investigated', investigation: investigation('rollback_deployment') });
    const [notice, ...others] = noticesOf(run.remediated(Outcome.rollbackFailed));
    expect(others).toEqual([]);
    expect(notice).toEqual({
      operationId: `${run.state.id}/escalation/${new Date(run.at).toISOString()}`,
      cluster: owner.cluster,
      params: {
        severity: 'critical',
        title: 'A person is needed: KubePodCrashLooping on Deployment shop/web',
        text: [
          'rollback_failed: ended as rollback_failed',
          'HolmesGPT: bad image',
          'Attempt 1 (holmesgpt): rollback_deployment on Deployment shop/web: rollback_failed',
          `kubernaut incident show ${run.state.id}`,
        ].join('\n'),
        fields: { incident: run.state.id, alerts: 'KubePodCrashLooping' },
        namespace: 'shop',
      },
    });
    expect(notificationParams.safeParse(notice!.params).success).toBe(true);
  });

  it('tells them once for each escalation, and of nothing else', () => {
    const run = opened();
    const first = noticesOf(run.feed(down));
    run.feed({ type: 'notified', told: true, summary: 'taken by team' });
    expect(noticesOf([...run.fire(), ...run.fire('Other')])).toEqual([]);
    run.feed({ type: 'investigate', request: { by: 'ann', question: 'again?', received: '2026-11-24T10:00:00Z' } });
    const second = noticesOf(run.feed(down));
    expect([first, second].map(({ length }) => length)).toEqual([1, 1]);
    expect(second[0]!.operationId).not.toBe(first[0]!.operationId);

    const resolved = opened();
    resolved.resolve();
    resolved.feed({ type: 'investigation_failed', problem: { code: 'CANCELLED', message: 'cancelled' } });
    expect(noticesOf(resolved.commands)).toEqual([]);
  });

  it.each([
    [true, 'notified'],
    [false, 'not_notified'],
  ])('does not end before that was tried, and then ends all the same (told: %s)', (told, fact) => {
    const run = opened();
    run.feed(down);
    run.resolve();
    run.feed({ type: 'tick' }, 7_200_000);
    expect(run.state).toMatchObject({ phase: 'suppressed', outcome: 'escalated' });
    run.feed({ type: 'notified', told, summary: 'what came of it' });
    expect(run.state).toMatchObject({ phase: 'ended', result: { outcome: 'escalated' } });
    expect(run.state.facts.at(-1)).toMatchObject({ what: fact, detail: 'what came of it' });
  });

  it('tells nobody in a history of a version that told nobody', () => {
    const run = new IncidentRunner();
    run.fire();
    run.open();
    expect(noticesOf(run.feed(down))).toEqual([]);
  });

  it('says what others wrote as one bounded line that hides nothing', () => {
    const run = new IncidentRunner();
    run.fire(`Evil\r\nBcc: all@example.com\u202e${'x'.repeat(5000)}`, { labels: { severity: 'page' } });
    run.open({ notify: true });
    const reason = `a\u0000b${'y'.repeat(9000)}`;
    const [notice] = noticesOf(run.feed({ type: 'investigation_failed', problem: { code: 'X', message: reason } }));
    expect(notificationParams.safeParse(notice!.params).error).toBeUndefined();
    const { title, text } = notice!.params as { title: string; text: string };
    expect(title).toMatch(/^A person is needed: Evil Bcc: all@example\.comx+…$/);
    expect(text).not.toMatch(/[\0\u202e]/);
  });
});
