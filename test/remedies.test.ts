import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Finding, subjectOf } from '../scripts/core/doctor.ts';
import { findingCodes, isFindingCode } from '../scripts/core/finding-codes.ts';
import { readStateOf } from '../scripts/state-reading.ts';
import { examine, findingsOf, manifestWith } from './helpers/project.ts';
import { remedyCases } from './helpers/remedies.ts';
import { hookCases } from './helpers/remedies-hooks.ts';
import { withoutCommands } from './helpers/remedies-none.ts';
import { packageCases } from './helpers/remedies-packages.ts';
import { cleanEnvironment, type Repository } from './helpers/repository.ts';
import { projectFor, quickChecks, type Situation } from './helpers/situations.ts';
import { documentSituations } from './helpers/situations-documents.ts';
import { fileSituations } from './helpers/situations-files.ts';
import { importSituations } from './helpers/situations-imports.ts';
import { modeSituations } from './helpers/situations-modes.ts';
import { shapeSituations } from './helpers/situations-shapes.ts';

const situations = [
  ...fileSituations,
  ...modeSituations,
  ...importSituations,
  ...documentSituations,
  ...shapeSituations,
];
const trees = { worktree: 'worktree', index: 'index', head: 'HEAD' } as const;
type TreeKey = keyof typeof trees;

/** Codes whose commands were typed and mended their finding. */
const mended = new Set<string>();

/** Types the commands as a person does, in one shell; returns the environment that they leave behind. */
function typeIn(repository: Repository, commands: readonly string[], env: Readonly<Record<string, string>>) {
  const text = `set -e\n${commands.join('\n')}\nprintf '%s' "\${HUSKY-unset}" >&3\n`;
  const ended = spawnSync('bash', ['-c', text], {
    cwd: repository.directory,
    env: cleanEnvironment(env),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  assert.equal(ended.status, 0, `${commands.join(' && ')}: ${ended.stdout}${ended.stderr}`);
  return ended.output[3] === 'unset' ? {} : env;
}

function isSame(a: Finding, b: Finding): boolean {
  return a.code === b.code && subjectOf(a) === subjectOf(b);
}

/** Every command that is printed for the check in that tree, typed; none of the findings may be there afterwards. */
async function mend(
  repository: Repository,
  tree: string,
  ids: readonly string[],
  env = {},
): Promise<readonly Finding[]> {
  const first = await examine(repository, tree, ids, env);
  const printed = ids.flatMap((id) => findingsOf(first, id)).filter((finding) => finding.commands.length > 0);
  let after: Readonly<Record<string, string>> = env;
  // Two checks may find the same gap and print the same command.
  const typed = new Set<string>();
  for (const { commands } of printed) {
    if (!typed.has(commands.join('\n'))) after = typeIn(repository, commands, after);
    typed.add(commands.join('\n'));
  }
  if (printed.length === 0) return [];
  const second = await examine(repository, tree, ids, after);
  const left = ids.flatMap((id) => findingsOf(second, id));
  for (const finding of printed) {
    assert(
      !left.some((one) => isSame(one, finding)),
      `${finding.commands.join(' && ')} does not mend: ${finding.problem}`,
    );
    mended.add(finding.code);
  }
  return printed;
}

/** Each kind of trouble in each tree is mended in two situations; more would only cost time. */
function chosen(): readonly (readonly [Situation, TreeKey])[] {
  const times = new Map<string, number>();
  const picked: (readonly [Situation, TreeKey])[] = [];
  for (const situation of situations) {
    for (const tree of ['worktree', 'index', 'head'] as const) {
      const lines = situation.expected[tree].filter((line) => !line.startsWith('refused'));
      const kinds = lines.map((line) => `${tree} ${line.split(' ', 2).join(' ')}`);
      const isNew = kinds.some((kind) => (times.get(kind) ?? 0) < 2) || situation.name.includes('such names');
      if (!isNew) continue;
      for (const kind of kinds) times.set(kind, (times.get(kind) ?? 0) + 1);
      picked.push([situation, tree]);
    }
  }
  return picked;
}

/** `situation: code` of what commands have mended, by tree. */
const mendedIn: Readonly<Record<TreeKey, Set<string>>> = { worktree: new Set(), index: new Set(), head: new Set() };

for (const [{ name, files, make, only = quickChecks }, tree] of chosen()) {
  test(`when ${name}, what is printed about ${tree} mends it`, async (t) => {
    const project = projectFor(t, files);
    const printed = await mend(make?.(project, t) ?? project, trees[tree], only);
    for (const { code } of printed) mendedIn[tree].add(`${name}: ${code}`);
  });
}

test('what can be mended in one tree by a command can be so in each tree in which it is found', () => {
  const picked = chosen();
  for (const [{ name, expected }, tree] of picked) {
    for (const code of expected[tree].flatMap((line) => line.split(' ')[1] ?? [])) {
      const others = (['worktree', 'index', 'head'] as const).filter((other) =>
        mendedIn[other].has(`${name}: ${code}`),
      );
      const isMended = mendedIn[tree].has(`${name}: ${code}`);
      assert(
        others.length === 0 || isMended,
        `when ${name}: ${code} has a command in ${others.join()}, not in ${tree}`,
      );
    }
  }
  assert(mendedIn.head.size > 10, 'commits were mended too');
});

for (const { code, when, check, files, make, env, trees: where = ['worktree'] } of [
  ...remedyCases,
  ...hookCases,
  ...packageCases,
]) {
  for (const tree of where) {
    test(`what is printed for ${code} about ${tree} mends it${when === undefined ? '' : ` when ${when}`}`, async (t) => {
      const project = projectFor(t, files);
      const printed = await mend(make?.(project, t) ?? project, tree, [check], env);
      assert(
        printed.some((finding) => finding.code === code),
        `${code} was found with commands`,
      );
    });
  }
}

test('of a commit that is not checked out nothing is printed that would mend another branch', async (t) => {
  const project = projectFor(t, { 'runtime-manifest.json': manifestWith({ files: ['notes.md'] }) });
  project.write({ 'notes.md': 'x' });
  project.git('branch', 'side');
  project.git('commit', '-q', '--allow-empty', '-m', 'one more');
  const [finding] = findingsOf(await examine(project, 'side', ['tracked']), 'tracked');
  assert.deepEqual([finding?.code, finding?.commands], ['path-untracked', []]);
  assert.match(finding?.remedy ?? '', /on the branch of this commit/);
  assert.deepEqual(await mend(project, 'main', ['tracked']).then((found) => found.map((one) => one.code)), [
    'path-untracked',
  ]);
});

test('a lockfile that is unreadable in the last commit too is not restored from there', async (t) => {
  const project = projectFor(t, {
    'package.json': JSON.stringify({ type: 'module', dependencies: { dep: 'file:dep' } }),
    'package-lock.json': '<<<<<<< HEAD',
  });
  const [finding] = findingsOf(await examine(project, 'worktree', ['toolchain']), 'toolchain');
  assert.deepEqual([finding?.code, finding?.commands], ['lockfile-unreadable', []]);
});

test('what is printed for state-unreadable mends it', async (t) => {
  const cli = fileURLToPath(new URL('../scripts/cli.ts', import.meta.url));
  const clear = `node --import ${import.meta.resolve('tsx')} ${cli} clear`;
  const project = projectFor(t, { 'package.json': JSON.stringify({ type: 'module', scripts: { clear } }) });
  project.write({ '.git/loopbreaker/controller.json': '{' });
  const [finding] = (await readStateOf(project.directory, cleanEnvironment())).findings;
  assert.equal(finding?.code, 'state-unreadable');
  typeIn(project, finding.commands, {});
  assert.deepEqual((await readStateOf(project.directory, cleanEnvironment())).findings, []);
  mended.add(finding.code);
});

test('every code that can come with a command was mended by it, and every other one says why it has none', () => {
  const codes = Object.keys(findingCodes).filter(isFindingCode);
  const silent = codes.filter((code) => withoutCommands[code] !== undefined);
  assert.deepEqual(
    codes.filter((code) => !mended.has(code) && !silent.includes(code)),
    [],
    'no remedy of these was tried',
  );
  assert.deepEqual(
    silent.filter((code) => mended.has(code)),
    [],
    'these came with a command all the same',
  );
});
