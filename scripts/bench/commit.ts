/** What a whole `git commit` costs with the hook that init installs, beside the hooks that a team would have. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hookFileCall, hookFileName, hookFileText } from '../core/hook-file.ts';
import { joinHook } from '../core/init-hooks.ts';
import { install, packProgram } from './installed.ts';
import { benchEnvironment, makeRepository, type Throwaway } from './repositories.ts';
import { type Contestant, comparison, inTurn, type Timing } from './turns.ts';

type Print = (line: string) => void;

const [fewFiles, manyFiles] = [200, 100_000];
const rounds = 25;
const [emptyHookBar, lintStagedBar, growthBar] = [1.3, 1.1, 1.3];

/** How a repository of the comparison is hooked up, and which of its files is committed in every round. */
interface Setup {
  readonly name: string;
  readonly files?: number;
  /** The line of .husky/pre-commit; none for a repository without hooks. */
  readonly husky?: string;
  readonly lefthook?: boolean;
  readonly lintStaged?: boolean;
  /** Left out: a file that no entry point imports. */
  readonly changes?: string;
}

/** What init makes of a repository without a hook, and of one whose hook runs lint-staged itself. */
const ours = hookFileCall('.husky', 'pre-commit');
const joined = joinHook('lint-staged\n', '.husky', 'pre-commit', false)?.trimEnd() ?? '';
const hookFile = hookFileText({ programs: ['node_modules/loopbreaker/bin/loopbreaker.js'], install: 'npm ci' });
const imported = 'scripts/module-7.ts';

/** In the order of a round: what is compared runs one after the other. */
const setups = {
  bare: { name: 'bare git' },
  lefthook: { name: 'lefthook + node -e 0', lefthook: true },
  emptyHook: { name: 'husky + node -e 0', husky: 'node -e 0' },
  ours: { name: 'loopbreaker', husky: ours },
  oursImported: { name: 'loopbreaker, an imported file', husky: ours, changes: imported },
  lintStaged: { name: 'husky + lint-staged', husky: 'lint-staged', lintStaged: true },
  both: { name: 'loopbreaker + lint-staged', husky: ours, lintStaged: true },
  bothImported: {
    name: 'loopbreaker + lint-staged, an imported file',
    husky: ours,
    lintStaged: true,
    changes: imported,
  },
  joined: { name: 'loopbreaker, then a lint-staged of its own', husky: joined, lintStaged: true },
  bareMany: { name: `bare git, ${manyFiles} files`, files: manyFiles },
  oursMany: { name: `loopbreaker, ${manyFiles} files`, husky: ours, files: manyFiles },
} as const satisfies Readonly<Record<string, Setup>>;

type SetupName = keyof typeof setups;

/** Runs a program in the repository. Throws when it fails: what fails early is no measurement. */
function run({ directory }: Throwaway, [program, ...args]: readonly [string, ...string[]]): void {
  const ended = spawnSync(program, args, { cwd: directory, env: benchEnvironment, encoding: 'utf8' });
  if (ended.status !== 0) throw new Error(`${[program, ...args].join(' ')}: ${ended.error?.message ?? ended.stderr}`);
}

function commit(repository: Throwaway, ...options: readonly string[]): void {
  const person = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid'];
  run(repository, ['git', ...person, 'commit', '-q', '-m', 'work', ...options]);
}

function makeSetup(modules: string, { files = fewFiles, husky, lefthook = false, lintStaged = false }: Setup) {
  const repository = makeRepository(files, modules);
  if (lintStaged) repository.write('.lintstagedrc.json', '{ "*": "true" }\n');
  if (husky !== undefined) repository.write('.husky/pre-commit', `${husky}\n`);
  if (husky?.includes(ours)) repository.write(`.husky/${hookFileName}`, hookFile);
  if (lefthook) repository.write('lefthook.yml', 'output: false\npre-commit:\n  jobs:\n    - run: node -e 0\n');
  repository.git(['add', '--', ':!source', ':!node_modules']);
  commit(repository);
  if (husky !== undefined) run(repository, ['node_modules/.bin/husky']);
  if (lefthook) run(repository, ['node_modules/.bin/lefthook', 'install']);
  return repository;
}

function contestantOf(repository: Throwaway, setup: Setup): Contestant {
  let round = 0;
  const prepare = () => {
    round += 1;
    const file = setup.changes ?? 'src/work.ts';
    repository.write(file, `export const value7: number = ${round};\n`);
    repository.git(['add', '--', file]);
  };
  return { name: setup.name, prepare, run: () => commit(repository) };
}

async function measureAll(modules: string, names: readonly SetupName[]) {
  const repositories: Throwaway[] = [];
  try {
    const contestants = names.map((name) => {
      const setup: Setup = setups[name];
      const repository = makeSetup(modules, setup);
      repositories.push(repository);
      return contestantOf(repository, setup);
    });
    const timings = await inTurn(contestants, rounds);
    return new Map(names.map((name, index) => [name, timings[index]]));
  } finally {
    for (const repository of repositories) repository.dispose();
  }
}

/** Prints what each took and each bar; true when every one is kept. */
function told(print: Print, timings: ReadonlyMap<SetupName, Timing | undefined>): boolean {
  const of = (name: SetupName): Timing => timings.get(name) ?? { name, medianMs: Number.NaN, minMs: Number.NaN };
  for (const timing of timings.values()) {
    if (timing !== undefined)
      print(`${timing.medianMs.toFixed(1).padStart(7)} ms (min ${timing.minMs.toFixed(1)})  ${timing.name}`);
  }
  const [many, few, bareMany, bare] = [of('oursMany'), of('ours'), of('bareMany'), of('bare')];
  const grown = {
    name: `${many.name}, bare git's growth left out`,
    medianMs: many.medianMs - (bareMany.medianMs - bare.medianMs),
    minMs: many.minMs - (bareMany.minMs - bare.minMs),
  };
  const pairs = [
    [of('ours'), of('emptyHook'), emptyHookBar],
    [of('oursImported'), of('emptyHook'), emptyHookBar],
    [of('both'), of('lintStaged'), lintStagedBar],
    [of('bothImported'), of('lintStaged'), lintStagedBar],
    [grown, few, growthBar],
  ] as const;
  for (const [timing, base, bar] of pairs) print(comparison(timing, base, rounds, bar));
  // Two programs of Node, one after the other: no bar could be kept.
  const [joinedMs, alone] = [of('joined').medianMs, of('lintStaged')];
  print(
    `${(joinedMs / alone.medianMs).toFixed(2)} x  ${of('joined').name} / ${alone.name}, n=${rounds}, without a bar`,
  );
  return pairs.every(([timing, base, bar]) => timing.medianMs / base.medianMs <= bar);
}

/** Prints the cost of a commit and the bars; true when every one is kept. Needs npm's cache, or the registry. */
export async function measure(print: Print): Promise<boolean> {
  const folder = mkdtempSync(path.join(tmpdir(), 'loopbreaker-bench-'));
  try {
    const program = packProgram(folder);
    const withLefthook = install(path.join(folder, 'with-lefthook'), [program, 'lefthook']);
    const modules = withLefthook ?? install(path.join(folder, 'without'), [program]);
    if (modules === null) throw new Error('npm cannot install the package');
    if (withLefthook === null) print('lefthook could not be installed, so it is left out');
    const names = Object.keys(setups).filter((name): name is SetupName => name !== 'lefthook' || withLefthook !== null);
    return told(print, await measureAll(modules, names));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
