import type { Json } from '../json';
import type { InvestigationProblem, InvestigationScope } from './investigation';
import type { OfferedActions } from './offered-action';

/** What an answer may name. */
export interface ReadOptions {
  scope: InvestigationScope;
  actions: OfferedActions;
  /** Names of the playbooks that it may choose from. Default: none. */
  playbooks?: readonly string[];
}

/** A confidence that cannot be read is none, so nothing is done because of it. */
export function readConfidence(value: Json | undefined, at: string, problems: InvestigationProblem[]): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  problems.push({ at, message: 'is no number from 0 to 1; taken as 0' });
  return 0;
}
