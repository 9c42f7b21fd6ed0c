import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import { durationMs } from '../plan/duration';
import type { RunContext, RunState } from '../plan/core/state';
import { StepStatus, type Outcome } from '../plan/outcome';
import { searchAttributeKeys as keys } from '../plan/search-attributes';
import { RunPhase } from '../plan/steering';

const riskOrder = ['low', 'medium', 'high'] as const;

/**
 * Makes the run findable: what it is about once, where it stands whenever that changes. Each update costs an event and a
 * write to the visibility store; that a plan is being prepared is said by whoever starts it.
 */
export class RunAttributes {
  private shown = '';

  constructor(
    private readonly run: RunContext,
    private readonly startedAt: number,
  ) {}

  follow(state: RunState): void {
    const shown = this.run.revision >= 2 ? shownState(state) : state.phase;
    const now = `${shown}/${state.outcome ?? ''}`;
    if (now === this.shown || (state.phase === RunPhase.preparing && this.run.revision >= 2)) return;
    const first = this.shown === '';
    this.shown = now;
    upsertSearchAttributes([
      ...(first ? this.about() : []),
      { key: keys.state, value: shown },
      ...(state.outcome ? [{ key: keys.outcome, value: state.outcome } as SearchAttributeUpdatePair] : []),
    ]);
  }

  private about(): SearchAttributeUpdatePair[] {
    const { spec } = this.run.plan;
    const target = spec.steps.find((step) => step.target)?.target;
    const risks = spec.steps.map((step) => this.run.actions[step.action]?.risk ?? 'high');
    const names = [...new Set(spec.steps.map((step) => step.action))].sort();
    return [
      { key: keys.cluster, value: spec.cluster },
      ...(target?.namespace ? [{ key: keys.namespace, value: target.namespace } as SearchAttributeUpdatePair] : []),
      ...(target ? [{ key: keys.target, value: targetName(target) } as SearchAttributeUpdatePair] : []),
      { key: keys.risk, value: riskOrder.findLast((risk) => risks.includes(risk)) ?? 'low' },
      { key: keys.actions, value: names },
      { key: keys.deadline, value: new Date(this.startedAt + durationMs(spec.timeout)) },
      { key: keys.dryRun, value: spec.dryRun },
    ];
  }
}

/** What a person looks for: above all, what waits for people. */
function shownState({ phase, hold, approvals }: RunState): string {
  if (phase !== RunPhase.running) return phase;
  if (approvals.some(({ subject }) => subject.kind === 'decision')) return StepStatus.awaitingDecision;
  if (approvals.length > 0) return RunPhase.awaitingApproval;
  return hold?.kind ?? phase;
}

/** For a run that ends before there is anything else to say about it. */
export function showEnd(outcome: Outcome): void {
  upsertSearchAttributes([
    { key: keys.state, value: RunPhase.ended },
    { key: keys.outcome, value: outcome },
  ]);
}

function targetName(target: { kind: string; namespace?: string; name: string }): string {
  return [target.kind, target.namespace, target.name].filter(Boolean).join('/');
}
