/** `loopbreaker doctor`: checks that what will run is what git holds. */
import { type Call, type Command, runIfMain, stringOption } from './command.ts';
import { doctorExitCode } from './core/doctor.ts';
import { exitCodes, Refusal } from './core/outcome.ts';
import { checkIds, openDiagnosis } from './diagnose.ts';
import { doctorJson } from './report/json.ts';
import { formatDoctor, styleFor } from './report/terminal.ts';
import { readStateOf } from './state-reading.ts';

const usage = `
loopbreaker doctor [--tree worktree|index|<rev>] [--only ID,…] [--format pretty|json] [-C DIR]

Checks the contract in runtime-manifest.json against the tree that will really be used: everything that it
names exists, is held by git, loads, and the hooks that guard it are really run.

  --tree worktree  on disk and tracked (the default)
  --tree index     what the next commit would contain
  --tree <rev>     what a commit contains
  --only ID,…      only these checks: ${checkIds.join(', ')}
  --format json    one JSON object (the same as --json)

Exit codes: 0 fit to run, 1 a check failed, 75 something could not be checked, 2 wrong usage, 78 no repository.

Examples:
  loopbreaker doctor
  loopbreaker doctor --tree index --only tracked,closure
  loopbreaker doctor --tree origin/main --json
`;

function wrongUsage(problem: string): Refusal {
  return new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy: 'loopbreaker doctor --help' });
}

function wantsJson(call: Call): boolean {
  const format = stringOption(call, 'format') ?? (call.json ? 'json' : 'pretty');
  if (format === 'json' || format === 'pretty') return format === 'json';
  throw wrongUsage(`--format ${format}: allowed are pretty and json.`);
}

export const command: Command = {
  name: 'doctor',
  summary: 'check that exactly what git holds will run',
  usage,
  options: { tree: { type: 'string' }, only: { type: 'string' }, format: { type: 'string' } },
  run: async (call) => {
    const [extra] = call.positionals;
    if (extra !== undefined) throw wrongUsage(`doctor takes no argument "${extra}"; a revision is given with --tree.`);
    const json = wantsJson(call);
    const tree = stringOption(call, 'tree') ?? 'worktree';
    const only = stringOption(call, 'only')?.split(',');
    const { directory, env } = call;
    const readState = () => readStateOf(directory, env);
    const result = await openDiagnosis({ directory, tree, env, only, readState });
    call.stdout.write(json ? doctorJson(result) : formatDoctor(result, styleFor(call.stdout, call.env)));
    return doctorExitCode(result);
  },
};

await runIfMain(import.meta.url, command);
