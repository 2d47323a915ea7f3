/** How fast the doctor is: its own work on a huge index, and the whole pre-commit hook on a small one. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openDiagnosis } from '../diagnose.ts';
import { executeDirectly } from '../effects/process.ts';
import { type BenchRepository, benchEnvironment, withRepository } from './repositories.ts';
import { comparison, inTurn } from './turns.ts';

type Print = (line: string) => void;

const hugeFiles = 100_000;
const smallFiles = 200;
const hugeRounds = 15;
const smallRounds = 21;

const program = fileURLToPath(new URL('../cli.ts', import.meta.url));

async function measureHuge(print: Print): Promise<boolean> {
  const bar = 3;
  let isWithin = true;
  await withRepository(hugeFiles, async ({ directory, git }) => {
    git(['-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid', 'commit', '-q', '-m', 'all']);
    const env = benchEnvironment;
    const listing = async () => {
      const asked = await executeDirectly({ argv: ['git', 'ls-files', '-s', '-z'], cwd: directory, env });
      if (asked.exitCode !== 0) throw new Error(asked.stderr);
    };
    const doctor = async () => {
      const result = await openDiagnosis({ directory, tree: 'index', env });
      if (!result.ok) throw new Error(JSON.stringify(result.checks.filter((check) => check.status !== 'pass')));
    };
    const contestants = [
      { name: 'git ls-files -s -z', run: listing },
      { name: 'doctor of the index, in process', run: doctor },
    ];
    const [base, timing] = await inTurn(contestants, hugeRounds);
    if (base === undefined || timing === undefined) return;
    isWithin = timing.medianMs / base.medianMs <= bar;
    print(`${hugeFiles} files: ${comparison(timing, base, hugeRounds, bar)}`);
  });
  return isWithin;
}

/** Runs Node as a hook does, in the repository; a run that fails is no measurement. */
function node({ directory }: BenchRepository, ...args: readonly string[]): void {
  const ended = spawnSync(process.execPath, [...args], { cwd: directory, env: benchEnvironment, encoding: 'utf8' });
  if (ended.status !== 0) throw new Error(`${args.join(' ')}: ${ended.stderr}`);
}

async function measureSmall(print: Print): Promise<boolean> {
  const bar = 1.3;
  let isWithin = true;
  await withRepository(smallFiles, async (repository) => {
    let round = 0;
    const change = () => {
      round += 1;
      repository.write('scripts/module-7.ts', `export const value7: number = ${round};\n`);
      repository.git(['add', 'scripts/module-7.ts']);
    };
    const hook = () => node(repository, '--import', 'tsx', program, 'hook', 'pre-commit');
    const contestants = [
      { name: 'node --import tsx empty.ts', run: () => node(repository, '--import', 'tsx', 'scripts/empty.ts') },
      { name: 'pre-commit, nothing changed', prepare: hook, run: hook },
      { name: 'pre-commit, one file changed', prepare: change, run: hook },
    ];
    const [base, same, changed] = await inTurn(contestants, smallRounds);
    if (base === undefined || same === undefined || changed === undefined) return;
    isWithin = [same, changed].every(({ medianMs }) => medianMs / base.medianMs <= bar);
    print(`${smallFiles} files: ${comparison(same, base, smallRounds, bar)}`);
    print(`${smallFiles} files: ${comparison(changed, base, smallRounds, bar)}`);
  });
  return isWithin;
}

/** Prints one line for each comparison; true when every ratio is within its bar. */
export async function measure(print: Print): Promise<boolean> {
  const huge = await measureHuge(print);
  const small = await measureSmall(print);
  return huge && small;
}
