/** What the subject and its yardstick did in one round, one right after the other. */
export interface Round {
  readonly subject: number;
  readonly baseline: number;
}

/** Measures both in turns, so that a busy moment of a shared machine meets both. @param rounds an odd number. */
export async function pairedRounds(
  rounds: number,
  measure: () => Round | Promise<Round>,
): Promise<readonly Round[]> {
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round += 1) measured.push(await measure());
  return measured;
}

/** The round whose ratio is in the middle: half of all rounds did worse. @throws RangeError without rounds. */
export function medianRound(rounds: readonly Round[]): Round {
  const ratio = ({ subject, baseline }: Round): number => subject / baseline;
  const sorted = [...rounds].sort((left, right) => ratio(left) - ratio(right));
  const middle = sorted[sorted.length >> 1];
  if (middle === undefined) throw new RangeError("nothing was measured");
  return middle;
}

/** The number in the middle. @throws RangeError without numbers. */
export function median(numbers: readonly number[]): number {
  return medianRound(numbers.map((subject) => ({ subject, baseline: 1 }))).subject;
}
