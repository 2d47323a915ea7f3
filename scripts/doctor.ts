/** `loopbreaker doctor`: checks that what will run is what git holds. */
import { type Call, type Command, runIfMain, stringOption } from './command.ts';
import { type DoctorResult, doctorExitCode } from './core/doctor.ts';
import { nearestWord } from './core/documents.ts';
import { exitCodes, Refusal } from './core/outcome.ts';
import { checkIds, openDiagnosis, openMending } from './diagnose.ts';
import { ownVersion } from './effects/program.ts';
import { doctorJson } from './report/json.ts';
import { formatDoctor, styleFor } from './report/terminal.ts';
import { readStateOf } from './state-reading.ts';

const usage = `
npx loopbreaker doctor [--tree worktree|index|<rev>] [--only ID,…] [--deep] [--fix [--dry-run]]
                   [--format pretty|json|github|sarif] [-C DIR]

Checks the contract in runtime-manifest.json against the tree that will really be used: everything that it
names exists, is held by git, loads, and the hooks that guard it are really run.

  --tree worktree  on disk and tracked (the default)
  --tree index     what the next commit would contain
  --tree <rev>     what a commit contains
  --only ID,…      only these checks: ${checkIds.join(', ')}
  --deep           also what takes longer: probes in a clean checkout of the tree
  --fix            first does what is safe without a person; what is said is what is found after that
  --fix --dry-run  says what --fix would do, and touches nothing
  --format json    one JSON object (the same as --json)
  --format github  annotations for GitHub Actions, and the whole report as the step summary
  --format sarif   SARIF 2.1.0, for code scanning

Exit codes: 0 fit to run, 1 a check failed, 75 something could not be checked, 2 wrong usage, 78 no repository.

Examples:
  npx loopbreaker doctor
  npx loopbreaker doctor --tree index --only tracked,closure
  npx loopbreaker doctor --tree origin/main --json
  npx loopbreaker doctor --fix --dry-run
`;

const formats = ['pretty', 'json', 'github', 'sarif'] as const;
type Format = (typeof formats)[number];

function wrongUsage(problem: string, remedy = 'npx loopbreaker doctor --help'): Refusal {
  return new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy });
}

function formatOf(call: Call): Format {
  const asked = stringOption(call, 'format') ?? (call.json ? 'json' : 'pretty');
  const format = formats.find((one) => one === asked);
  if (format === undefined) {
    const guess = nearestWord(asked, formats);
    const meant = guess === undefined ? '' : ` - did you mean "${guess}"?`;
    throw wrongUsage(`--format ${asked}: allowed are ${formats.join(', ')}${meant}`);
  }
  if (call.json && format !== 'json') throw wrongUsage(`--json and --format ${format} ask for two different outputs.`);
  return format;
}

/** The mode of mending, or undefined without --fix. Only the work tree can be mended. */
function mendingOf(call: Call, tree: string): { readonly dryRun: boolean } | undefined {
  const dryRun = call.values['dry-run'] === true;
  if (call.values.fix !== true) {
    if (dryRun)
      throw wrongUsage(
        '--dry-run says what --fix would do, so it needs --fix.',
        'npx loopbreaker doctor --fix --dry-run',
      );
    return undefined;
  }
  if (tree !== 'worktree') throw wrongUsage(`--fix mends the work tree, not ${tree}.`, 'npx loopbreaker doctor --fix');
  return { dryRun };
}

async function writeGithub(call: Call, result: DoctorResult): Promise<string> {
  const { doctorAnnotations, doctorStepSummary, summaryBytesMax } = await import('./report/github.ts');
  const { addStepSummary } = await import('./effects/step-summary.ts');
  const failed = addStepSummary(call.env, summaryBytesMax, (left) => doctorStepSummary(result, left));
  if (failed !== undefined) call.stderr.write(`loopbreaker: the step summary could not be written: ${failed}\n`);
  return doctorAnnotations(result);
}

async function formatted(call: Call, format: Format, result: DoctorResult): Promise<string> {
  switch (format) {
    case 'pretty':
      return formatDoctor(result, styleFor(call.stdout, call.env));
    case 'json':
      return doctorJson(result);
    case 'github':
      return await writeGithub(call, result);
    case 'sarif':
      return (await import('./report/sarif.ts')).doctorSarif(result, ownVersion());
  }
}

export const command: Command = {
  name: 'doctor',
  summary: 'check that exactly what git holds will run',
  usage,
  positionalsMax: 1,
  options: {
    tree: { type: 'string' },
    only: { type: 'string' },
    format: { type: 'string' },
    deep: { type: 'boolean' },
    fix: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
  },
  run: async (call) => {
    const [extra] = call.positionals;
    if (extra !== undefined) throw wrongUsage(`doctor takes no argument "${extra}"; a revision is given with --tree.`);
    const format = formatOf(call);
    const tree = stringOption(call, 'tree') ?? 'worktree';
    const mending = mendingOf(call, tree);
    const { directory, env } = call;
    const readState = () => readStateOf(directory, env);
    const only = stringOption(call, 'only')?.split(',');
    const request = { directory, tree, env, only, deep: call.values.deep === true, readState };
    const result = mending === undefined ? await openDiagnosis(request) : await openMending(request, mending);
    call.stdout.write(await formatted(call, format, result));
    return doctorExitCode(result);
  },
};

runIfMain(import.meta.filename, command);
