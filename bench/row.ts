import { spread } from './spread';

/** One line of the results. */
export interface Row {
  measure: string;
  unit: string;
  /** One value a round. */
  ours: readonly number[];
  /** The same rounds of what Kubernaut is compared with. */
  theirs?: { name: string; values: readonly number[] };
  goal?: { text: string; met: boolean };
}

/** Round by round, so that a load that comes and goes weighs on both sides alike. */
export function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, round) => value / theirs[round]!);
}

export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  return spread(ratios(ours, theirs)).median;
}
