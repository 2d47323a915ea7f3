/** `npm run bench -- <name>`: measurements with a bar, as ratios of things that ran in turn on the same machine. */
import { type Command, runIfMain } from './command.ts';
import { exitCodes, Refusal } from './core/outcome.ts';

const benches = {
  doctor: () => import('./bench/doctor.ts'),
  promote: () => import('./bench/promote.ts'),
} as const;

type BenchName = keyof typeof benches;

function isBenchName(name: string): name is BenchName {
  return Object.hasOwn(benches, name);
}

const usage = `
npm run bench -- doctor | promote

Measures in throw-away repositories and prints medians, ratios and their bars. What is compared runs in turn, in one
run, so that a busy machine slows both.

Exit codes: 0 every ratio is within its bar, 1 one is not, 2 wrong usage.

Example: npm run bench -- doctor
`;

export const command: Command = {
  name: 'bench',
  summary: 'measure against a bar',
  usage,
  options: {},
  positionalsMax: 1,
  run: async (call) => {
    const name = call.positionals[0] ?? '';
    if (!isBenchName(name)) {
      const problem = `There is no bench "${name}".`;
      const remedy = `name one of ${Object.keys(benches).join(', ')}`;
      throw new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy });
    }
    const { measure } = await benches[name]();
    const isWithin = await measure((line) => void call.stdout.write(`${line}\n`));
    return isWithin ? exitCodes.ok : exitCodes.refused;
  },
};

await runIfMain(import.meta.url, command);
