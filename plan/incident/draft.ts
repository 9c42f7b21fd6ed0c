import type { AuditFact } from '../steering';
import type { IncidentCommand, IncidentDecision, IncidentState } from './state';

/** Beyond these the oldest are dropped; the event history has them all. */
const MAX_FACTS = 300;

/** One decision in the making: a copy of the state that may be changed, and the commands collected on the way. */
export class IncidentDraft {
  state: IncidentState;
  readonly commands: IncidentCommand[] = [];
  reply: IncidentDecision['reply'];

  constructor(
    before: IncidentState,
    /** Workflow time of the event, ms. */
    readonly at: number,
  ) {
    this.state = { ...before };
  }

  set(change: Partial<IncidentState>): void {
    this.state = { ...this.state, ...change };
  }

  command(command: IncidentCommand): void {
    this.commands.push(command);
  }

  fact(what: string, detail: string, by?: string): void {
    const fact: AuditFact = { at: this.now, what, detail: detail.slice(0, 500), ...(by && { by }) };
    this.set({ facts: [...this.state.facts, fact].slice(-MAX_FACTS) });
  }

  /** Workflow time as ISO 8601. */
  get now(): string {
    return new Date(this.at).toISOString();
  }
}
