import { Outcome } from '../../../plan/outcome';
import type { IncidentCommand } from '../../../plan/incident/state';
import { fc } from '../../setup/property';
import { alert, investigation, IncidentRunner, iso, result } from './incident-run';

const ACTIONS = ['rollback_deployment', 'restart_deployment', 'scale_deployment', 'set_image', 'increase_resources'];
const READINGS = ['good', 'bad', 'unknown'] as const;
const ANSWERED = [
  'open',
  'forward',
  'investigate',
  'follow_up',
  'read_pushed',
  'remediate',
  'watch_alerts',
  'watch_health',
  'notify',
];

/** One thing that happens: an answer to what is under way, or something from outside. Numbers choose among what is possible. */
type Dice = readonly [what: number, a: number, b: number];
const dice = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99));

function play(throws: readonly Dice[], severity?: string): { run: IncidentRunner; sent: IncidentCommand[][] } {
  const run = new IncidentRunner();
  let waiting: IncidentCommand[] = run.commands.filter(({ type }) => ANSWERED.includes(type));
  const sent: IncidentCommand[][] = [];
  const labels: Record<string, string> = severity === undefined ? {} : { severity };
  const feed = (happening: Parameters<IncidentRunner['feed']>[0], later = 1) => {
    const commands = run.feed(happening, later);
    sent.push(commands);
    waiting = [...waiting, ...commands.filter(({ type }) => ANSWERED.includes(type))];
    check(run, waiting);
  };
  const answer = ([, a, b]: Dice) => {
    const [command] = waiting;
    if (command === undefined) return feed({ type: 'tick' }, a * 60_000);
    waiting = waiting.slice(1);
    switch (command.type) {
      case 'open':
        sent.push(run.open({ notify: true }));
        waiting = [...waiting, ...sent.at(-1)!.filter(({ type }) => ANSWERED.includes(type))];
        return check(run, waiting);
      case 'remediate':
        feed({ type: 'remediation_started', id: `remediation/x/${command.number}`, number: command.number });
        if (b % 3 === 0) feed({ type: 'alert', alert: { ...alert('A', 0, { labels }), status: 'resolved' } });
        return feed({
          type: 'remediation_ended',
          result: result(pick(Object.values(Outcome), a), b % 2 ? `E${b % 3}` : undefined),
        });
      case 'investigate':
      case 'follow_up':
      case 'read_pushed':
        return a % 4 === 0
          ? feed({
              type: 'investigation_failed',
              problem: { code: pick(['CANCELLED', 'HOLMES_LOST'], b), message: 'x' },
            })
          : feed({ type: 'investigated', investigation: investigation(...ACTIONS.slice(b % 5, (b % 5) + (a % 4))) });
      case 'notify':
        return feed({ type: 'notified', told: a % 2 === 0, summary: 'told' }, b * 1000);
      case 'watch_alerts':
        return feed({ type: 'watched', what: 'alert', reading: { is: pick(READINGS, a), detail: 'alert' } }, b * 1000);
      case 'watch_health':
        return feed(
          { type: 'watched', what: 'health', reading: { is: pick(READINGS, a), detail: 'health' } },
          b * 1000,
        );
    }
  };
  for (const each of throws) {
    const [what, a, b] = each;
    if (what < 50) answer(each);
    else if (what < 75) {
      const given = alert(pick(['A', 'B', 'C'], a), run.at - (b % 5) * 10, { labels });
      feed({ type: 'alert', alert: { ...given, status: b % 2 ? 'firing' : 'resolved' } });
    } else if (what < 82)
      feed({ type: 'investigate', request: { by: 'ann', question: 'why?', received: iso(run.at) } });
    else if (what < 88) feed({ type: 'recommendations', pushed: { source: 'bot', answer: {}, received: iso(run.at) } });
    else if (what < 90) feed({ type: 'abort', request: { by: 'ann' } });
    else feed({ type: 'tick' }, a * 30_000);
  }
  // From here on only what is owed: answers, and time.
  for (let n = 0; n < 200 && run.state.phase !== 'ended'; n++) answer([0, 99 - (n % 7), n]);
  return { run, sent };
}

/** What holds after every single event. */
function check({ state, commands }: IncidentRunner, waiting: readonly IncidentCommand[]): void {
  const remediations = commands.filter(({ type }) => type === 'remediate');
  const answers = state.facts.filter(({ what }) => what === 'investigated').length;
  expect(remediations.length).toBeLessThanOrEqual(Math.min(3, answers));
  expect(remediations).toHaveLength(state.attempts.length);
  expect(waiting.filter(({ type }) => type === 'remediate').length).toBeLessThanOrEqual(1);
  const questions = waiting.filter(({ type }) => ['investigate', 'follow_up', 'read_pushed'].includes(type));
  expect(questions.length + waiting.filter(({ type }) => type === 'remediate').length).toBeLessThanOrEqual(1);
  remediations.slice(1).forEach((command) => {
    expect(command).toMatchObject({ document: { spec: { approval: 'required' } } });
  });
  const escalations = state.facts.filter(({ what }) => what === 'escalated');
  expect(commands.filter(({ type }) => type === 'notify')).toHaveLength(escalations.length);
  if (state.phase === 'ended') expect(waiting).toEqual([]);
}

function pick<T>(from: readonly T[], n: number): T {
  return from[n % from.length]!;
}

test('whatever happens, in whatever order: bounded attempts, one thing at a time, a person from the second on, and an end', () => {
  fc.assert(
    fc.property(fc.array(dice, { maxLength: 60 }), (throws) => {
      const { run } = play(throws);
      expect(run.state.phase).toBe('ended');
      expect(run.state.result?.reason).not.toBe('');
      expect(run.feed({ type: 'abort', request: { by: 'ann' } })).toEqual([]);
      const { outcome, attempts } = run.state.result!;
      if (outcome === 'resolved') expect(['succeeded', 'no_effect']).toContain(attempts.at(-1)!.outcome);
      expect(JSON.parse(JSON.stringify(run.state))).toEqual(JSON.parse(JSON.stringify({ ...run.state })));
    }),
    { numRuns: 200 },
  );
});

test('after an abort nothing begins', () => {
  fc.assert(
    fc.property(fc.array(dice, { maxLength: 40 }), fc.array(dice, { maxLength: 20 }), (before, after) => {
      const { run, sent } = play([...before, [88, 0, 0], ...after]);
      const aborted = run.state.facts.findIndex(({ what }) => what === 'abort');
      expect(run.state.phase).toBe('ended');
      if (aborted < 0) return;
      const at = run.state.facts[aborted]!.at;
      const later = run.state.facts.filter((fact) => fact.at > at && fact.what === 'decided');
      expect(later).toEqual([]);
      expect(sent.flat().filter(({ type }) => type === 'remediate').length).toBe(run.state.attempts.length);
    }),
    { numRuns: 100 },
  );
});

test('severity changes no decision', () => {
  const bare = (sent: IncidentCommand[][]) => sent.map((commands) => commands.map(({ type }) => type));
  fc.assert(
    fc.property(fc.array(dice, { maxLength: 40 }), (throws) => {
      expect(bare(play(throws, 'critical').sent)).toEqual(bare(play(throws, 'info').sent));
    }),
    { numRuns: 100 },
  );
});
