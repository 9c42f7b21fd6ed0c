import type { AuditFact } from '../steering';
import type { IncidentCommand, IncidentDecision, IncidentState } from './state';

/** Beyond these the oldest are dropped, those about alerts first; the event history has them all. */
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
    const facts = [...this.state.facts, fact];
    // A storm must not make it forget what was decided.
    const oldest = facts.findIndex(({ what: kind }) => kind === 'alert');
    this.set({ facts: facts.length > MAX_FACTS ? facts.toSpliced(Math.max(0, oldest), 1) : facts });
  }

  /** Workflow time as ISO 8601. */
  get now(): string {
    return new Date(this.at).toISOString();
  }
}
