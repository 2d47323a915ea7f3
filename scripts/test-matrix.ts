/** `npm run test:matrix`: the test suite under each real Node that is promised, and under another git. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Call, type Command, runIfMain, stringOption } from './command.ts';
import { exitCodes, Refusal } from './core/outcome.ts';
import { executeDirectly } from './effects/process.ts';
import { type NodeBinary, nodesDirectory, obtainNode } from './matrix/nodes.ts';
import { isGreen, runSuite, type SuiteEnd } from './matrix/suite.ts';

/** The oldest that "engines" admits, and the newest of each line that is in use. */
const promised = ['20.19', '22', '24', '26'];

const usage = `
npm run test:matrix -- [--node 20.19,26] [--files test/a.test.ts,…] [--git PATH] [--nodes DIR]

Runs the tests under each Node, one after another, and prints a table. The Nodes are real ones, from the npm packages
node-<platform>-<architecture>; they are kept in the user's cache folder and asked for their version before they are used.
The whole suite takes minutes under each.

  --node VERSIONS  versions, or the beginnings of them (default: ${promised.join(',')})
  --files FILES    these test files only (default: test/*.test.ts)
  --git PATH       a git program, or the folder that it is in; it is what the tests and all they start find first
  --nodes DIR      where the Nodes are kept (default: loopbreaker/nodes in the user's cache folder)

Exit codes: 0 every test passed under every Node, 1 one did not, 2 wrong usage, 75 a Node could not be had

Examples:
  npm run test:matrix
  npm run test:matrix -- --node 20.19,26 --files test/cli.test.ts,test/doctor-links.test.ts
  npm run test:matrix -- --node 26 --git /opt/git-2.55/bin
`;

function wrongUsage(problem: string): Refusal {
  const remedy = 'npm run test:matrix -- --help';
  return new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy });
}

function listOption(call: Call, name: string): readonly string[] | undefined {
  return stringOption(call, name)
    ?.split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

function versionsOf(call: Call): readonly string[] {
  const versions = listOption(call, 'node') ?? promised;
  const wrong = versions.find((one) => !/^\d+(\.\d+){0,2}$/.test(one));
  if (wrong !== undefined || versions.length === 0)
    throw wrongUsage(`--node "${wrong ?? ''}": versions look like 20.19,26.`);
  return versions;
}

function filesOf(call: Call): readonly string[] {
  const given = listOption(call, 'files');
  const files =
    given ??
    readdirSync(path.join(call.directory, 'test'))
      .filter((name) => name.endsWith('.test.ts'))
      .sort()
      .map((name) => `test/${name}`);
  const missing = files.find(
    (file) => statSync(path.resolve(call.directory, file), { throwIfNoEntry: false }) === undefined,
  );
  if (missing !== undefined) throw wrongUsage(`--files ${missing}: there is no such file in ${call.directory}.`);
  return files;
}

/** The folder of the git that was asked for, or none. */
function gitFolder(call: Call): readonly string[] {
  const given = stringOption(call, 'git');
  if (given === undefined) return [];
  const kindOf = (file: string) => statSync(file, { throwIfNoEntry: false });
  const folder = path.resolve(kindOf(given)?.isDirectory() === true ? given : path.dirname(given));
  const program = path.join(folder, 'git');
  const isProgram = kindOf(program)?.isFile() === true && [folder, program].includes(path.resolve(given));
  if (!isProgram) throw wrongUsage(`--git ${given}: there is no program named git.`);
  return [folder];
}

async function gitVersion(programs: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const PATH = [...programs, env.PATH ?? ''].join(path.delimiter);
  const { stdout, spawnError } = await executeDirectly({ argv: ['git', '--version'], cwd: '.', env: { ...env, PATH } });
  if (stdout.startsWith('git version ')) return stdout.trim().slice('git version '.length);
  throw wrongUsage(`git does not say its version: ${spawnError ?? stdout}`);
}

type Ran = readonly [NodeBinary, SuiteEnd];

function table(runs: readonly Ran[], git: string): string {
  const head = ['node', 'git', 'tests', 'pass', 'fail', 'skipped', 'seconds', ''];
  const rows = runs.map(([{ version }, end]) => {
    const { tests, pass, fail, skipped } = end.counts ?? { tests: '?', pass: '?', fail: '?', skipped: '?' };
    return [
      version,
      git,
      tests,
      pass,
      fail,
      skipped,
      (end.durationMs / 1000).toFixed(1),
      isGreen(end) ? 'green' : 'red',
    ];
  });
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => String(row[at]).length)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, at) => String(cell).padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export const command: Command = {
  name: 'test-matrix',
  summary: 'the tests under each real Node',
  usage,
  options: { node: { type: 'string' }, files: { type: 'string' }, git: { type: 'string' }, nodes: { type: 'string' } },
  run: async (call) => {
    const [versions, files, gits] = [versionsOf(call), filesOf(call), gitFolder(call)];
    const git = await gitVersion(gits, call.env);
    const directory = path.resolve(stringOption(call, 'nodes') ?? nodesDirectory(call.env));
    const nodes: NodeBinary[] = [];
    // All of them first: a version that cannot be had is told before minutes are spent on another.
    for (const version of versions) nodes.push(await obtainNode(version, directory));
    const runs: Ran[] = [];
    for (const node of nodes) {
      call.stdout.write(`\nNode ${node.version}, git ${git}: ${files.length} files\n`);
      const programs = [node.directory, ...gits];
      runs.push([node, await runSuite({ directory: call.directory, files, programs, env: call.env })]);
    }
    const red = runs.flatMap(([{ version }, end]) => end.red.map((name) => `${version}  ${name}\n`));
    call.stdout.write(`\n${red.join('')}${red.length > 0 ? '\n' : ''}${table(runs, git)}\n`);
    return runs.every(([, end]) => isGreen(end)) ? exitCodes.ok : exitCodes.refused;
  },
};

runIfMain(import.meta.filename, command);
