import type { Progress } from '../tools/progress';

/**
 * A B A B …: every side once a round, so that whatever slows the machine down meets all sides alike. A first round warms up
 * and is not counted.
 *
 * @returns the values of each side, in the order of the rounds
 */
export async function alternate<Side extends string>(
  sides: Readonly<Record<Side, (round: number) => Promise<number>>>,
  options: { rounds: number; what: string; unit: string; progress: Progress },
): Promise<Record<Side, number[]>> {
  const names = Object.keys(sides) as Side[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Side, number[]>;
  for (let round = 0; round <= options.rounds; round++) {
    const texts: string[] = [];
    for (const name of names) {
      const value = await sides[name](round);
      if (round > 0) values[name].push(value);
      texts.push(`${name} ${value.toFixed(2)} ${options.unit}`);
    }
    const label = round === 0 ? 'warm-up' : `round ${round}/${options.rounds}`;
    options.progress.line(`${options.what}, ${label}: ${texts.join(' · ')}`);
  }
  return values;
}
