/** `npm run bench -- race`: the whole race, and its table. */
import { type RaceOptions, type RaceResult, race } from './race.ts';

const columns = ['promoter', 'strategy', 'landed', 'blocked', 'runs', 'killed', 'cleared', 'stuck'] as const;

/** One line a promoter, then what the remote says. */
export function raceTable({ tallies, lost, double, backwards, moves }: RaceResult): readonly string[] {
  const rows = tallies.map(({ promoter, strategy, landed, blocked, runs, killed, clears, stuck }) =>
    [promoter, strategy, landed, blocked.length, runs, killed, clears, stuck.length].map(String),
  );
  const lines = [columns, ...rows].map((row) =>
    row
      .map((cell) => cell.padEnd(9))
      .join(' ')
      .trimEnd(),
  );
  const reasons = tallies.flatMap(({ blocked, stuck }) => [...blocked, ...stuck.map((branch) => `${branch}: stuck`)]);
  const remote = `the remote: ${moves} moves, ${backwards} backwards, ${lost.length} lost, ${double.length} landed twice`;
  return [
    ...lines,
    ...reasons.map((reason) => `  ${reason}`),
    remote,
    ...[...lost, ...double].map((name) => `  ${name}`),
  ];
}

/** Whether every branch landed exactly once or was blocked, and every move of a target was one landing and forward. */
export function isFair({ tallies, lost, double, backwards, moves }: RaceResult): boolean {
  const landed = tallies.reduce((sum, tally) => sum + tally.landed, 0);
  const stuck = tallies.some((tally) => tally.stuck.length > 0);
  return lost.length === 0 && double.length === 0 && backwards === 0 && moves === landed && !stuck;
}

/** The race of 8 promoters with 25 branches each, of which one run in twenty is killed; true when it was fair. */
export async function measure(print: (line: string) => void, asked: Partial<RaceOptions> = {}): Promise<boolean> {
  const seed = Math.floor(Math.random() * 1_000_000);
  const options = { promoters: 8, branches: 25, killRatio: 0.05, seed, ...asked };
  print(`seed ${options.seed}: ${options.promoters} promoters of ${options.branches} branches`);
  const result = await race(options);
  for (const line of raceTable(result)) print(line);
  return isFair(result);
}
