/** `npm run bench -- <name>`: measurements with a bar. */
import { type Call, type Command, runIfMain, stringOption } from './command.ts';
import { exitCodes, Refusal } from './core/outcome.ts';

const benches = {
  commit: () => import('./bench/commit.ts'),
  doctor: () => import('./bench/doctor.ts'),
  footprint: () => import('./bench/footprint.ts'),
  promote: () => import('./bench/promote.ts'),
  disk: () => import('./bench/disk-table.ts'),
  race: () => import('./bench/race-table.ts'),
  stream: () => import('./bench/stream.ts'),
  storms: () => import('./bench/storms.ts'),
} as const;

type BenchName = keyof typeof benches;

function isBenchName(name: string): name is BenchName {
  return Object.hasOwn(benches, name);
}

/** The numbers that were given. Throws a Refusal (2) for what is none. */
function sizesOf(call: Call): Readonly<Record<string, number>> {
  const given = ['promoters', 'branches', 'seed'].flatMap((name) => {
    const text = stringOption(call, name);
    if (text === undefined) return [];
    if (/^\d{1,9}$/.test(text)) return [[name, Number(text)] as const];
    const problem = `--${name} wants a whole number, not "${text}".`;
    throw new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy: 'npm run bench -- --help' });
  });
  return Object.fromEntries(given);
}

const usage = `
npm run bench -- commit | footprint | doctor | stream | promote | disk | storms
npm run bench -- race [--promoters N] [--branches N] [--seed N]

Measures in throw-away repositories and prints medians, ratios and their bars. What is compared runs in turn, in one
run, so that a busy machine slows both. A commit is one with the hook of the package, as npm installs it. The race
promotes from many clones and worktrees into one remote, kills some of the runs, and tells what became of every branch;
it takes minutes. The disk that fills up takes root, for it mounts small volumes.

The storms are nights of 24 hours on a clock that is moved by hand: the real loop and breaker, with simulated children,
beside a naive loop and a plain breaker. What was tried and paid is printed, and what missed its bar.

Exit codes: 0 everything is within its bar, 1 something is not, 2 wrong usage.

Example: npm run bench -- doctor
`;

export const command: Command = {
  name: 'bench',
  summary: 'measure against a bar',
  usage,
  options: { promoters: { type: 'string' }, branches: { type: 'string' }, seed: { type: 'string' } },
  positionalsMax: 1,
  run: async (call) => {
    const name = call.positionals[0] ?? '';
    if (!isBenchName(name)) {
      const problem = `There is no bench "${name}".`;
      const remedy = `name one of ${Object.keys(benches).join(', ')}`;
      throw new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy });
    }
    const { measure } = await benches[name]();
    const isWithin = await measure((line) => void call.stdout.write(`${line}\n`), sizesOf(call));
    return isWithin ? exitCodes.ok : exitCodes.refused;
  },
};

runIfMain(import.meta.filename, command);
