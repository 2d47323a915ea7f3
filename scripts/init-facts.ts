/** Gathers what init decides from: files, git's own words about hooks and remotes, what package scripts run. */
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { holdProgram } from './checks/agent-program.ts';
import type { CheckContext } from './checks/check.ts';
import { managerOf } from './checks/package-manager.ts';
import { factsOf, fileOf } from './checks/script-facts.ts';
import { readScriptSources, type ScriptSources } from './checks/script-sources.ts';
import { scriptTargets } from './checks/script-targets.ts';
import { hookFileName } from './core/hook-file.ts';
import { workflowPath } from './core/init-ci.ts';
import type { BuiltFiles, InitFacts, PackageManager, RunFile } from './core/init-facts.ts';
import { adoptedHooks } from './core/init-hooks.ts';
import { hookFolder, knownAgents } from './core/init-policies.ts';
import { ignorePatterns } from './core/init-remove.ts';
import { wholeFiles } from './core/init-written.ts';
import { hasWindowsEnds } from './core/line-ends.ts';
import { runScript } from './core/package-managers.ts';
import { shellWord } from './core/shell-word.ts';
import { folderBeside } from './effects/folder-beside.ts';
import { homeOf, namesPackage, requireEditable, textOf } from './init-home.ts';
import { managerFacts } from './init-manager-facts.ts';
import { remoteFacts } from './init-remote.ts';
import { hookSituation } from './init-situation.ts';

/** A word may stand for a file with an ending, or for the main file of a folder. */
const endings = ['', '.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '/index.js', '/index.ts'];

/** Files that package scripts run and that are there; those that git ignores are built, and not among them. */
async function runFiles(context: CheckContext, sources: ScriptSources): Promise<readonly RunFile[]> {
  const { lines, standingOf } = await factsOf(sources, []);
  const found = lines.flatMap(({ line, reading }): readonly RunFile[] => {
    const isScript = line.pointer?.startsWith('/scripts') === true && standingOf(line) === 'member';
    if (!isScript) return [];
    return reading.targets.flatMap((target) => {
      const isProgram = ['file', 'module', 'source'].includes(target.taking) && !target.glob && !target.tentative;
      const file = fileOf(line, target);
      const there = isProgram
        ? endings.map((end) => file + end).find((name) => context.disk.kindOf(name) === 'file')
        : undefined;
      return there === undefined ? [] : [{ path: there, line: line.text }];
    });
  });
  const once = [...new Map(found.map((one) => [one.path, one])).values()];
  const ignored = await ignoredAmong(
    context,
    once.map((one) => one.path),
  );
  return once.filter((one) => !ignored.has(one.path));
}

/** Of these paths the ones that git ignores and does not hold; with `--no-index` also those that it holds all the same. */
export async function ignoredAmong(
  { git }: CheckContext,
  paths: readonly string[],
  ...options: readonly '--no-index'[]
): Promise<ReadonlySet<string>> {
  if (paths.length === 0) return new Set();
  const asked = await git(['check-ignore', ...options, '-z', '--stdin'], {
    input: paths.map((one) => `${one}\0`).join(''),
  });
  return new Set(asked.stdout.split('\0').filter(Boolean));
}

/**
 * What is declared for an output that a script names. Its whole folder only where git holds nothing of that: the files of a
 * package, or of a folder with sources, would be no part of the contract any more.
 */
function builtPattern({ tree }: CheckContext, target: string): string {
  const holdsNothing = (folder: string): boolean =>
    folder !== '.' && ![...tree.entries.keys()].some((file) => file.startsWith(`${folder}/`));
  const name = target.replace(/\/+$/, '');
  const isFolder = path.posix.extname(name) === '';
  const folder = isFolder ? name : path.posix.dirname(name);
  return holdsNothing(folder) ? `${folder}/**` : name;
}

/** What the doctor itself takes for build outputs, where the package has a script that builds. */
async function builtFiles(
  context: CheckContext,
  { packages }: ScriptSources,
  manager: PackageManager,
): Promise<readonly BuiltFiles[]> {
  const { findings } = await scriptTargets.run(context);
  const built = findings.flatMap(({ code, target }) => (code === 'script-target-built' && target ? [target] : []));
  return built.flatMap((file) => {
    const owners = [...packages.values()].filter(
      ({ directory, scripts }) => scripts.has('build') && (directory === '.' || file.startsWith(`${directory}/`)),
    );
    const owner = owners.sort((one, other) => other.directory.length - one.directory.length)[0];
    if (owner === undefined) return [];
    const build = runScript(manager, 'build').join(' ');
    return [
      {
        pattern: builtPattern(context, file),
        by: owner.directory === '.' ? build : `cd ${shellWord(owner.directory)} && ${build}`,
      },
    ];
  });
}

async function keepsLineEnds({ git }: CheckContext, file: string): Promise<boolean> {
  const asked = await git(['check-attr', '-z', 'text', 'eol', '--', file]);
  const [, , text, , , eol] = asked.stdout.split('\0');
  return text === 'unset' || eol === 'lf';
}

async function unignored(context: CheckContext): Promise<readonly string[]> {
  const probes = { node_modules: 'node_modules', '/loop/tmp-wt/': 'loop/tmp-wt/x' } as const;
  const ignored = await ignoredAmong(context, Object.values(probes), '--no-index');
  return ignorePatterns.filter((pattern) => !ignored.has(probes[pattern]));
}

function textsIn(root: string, names: readonly string[]): ReadonlyMap<string, string> {
  const found = [...new Set(names)].flatMap((name) => {
    const text = textOf(root, name);
    return text === null ? [] : [[name, text] as const];
  });
  return new Map(found);
}

/** Where the program may lie, and first where it does. */
function programsOf(root: string, home: string): readonly string[] {
  const file = 'node_modules/loopbreaker/bin/loopbreaker.js';
  const places = [...new Set([path.posix.join(home, file), file])];
  const isThere = (place: string): boolean => existsSync(path.join(root, place));
  return [...places.filter(isThere), ...places.filter((place) => !isThere(place))];
}

/** All of it. `directory` is where the command was called. Throws a Refusal (78) for what init cannot work with. */
export async function gatherFacts(context: CheckContext, directory: string): Promise<InitFacts> {
  const { root } = context.disk;
  const home = homeOf(context, directory);
  requireEditable(context, path.posix.join(home, 'package.json'));
  const { manager, lockfile: lockfileHere } = managerOf(context.disk, home);
  // One that git ignores is in no clone, so that nothing can be asked of it and no clean checkout has it.
  const isHidden = lockfileHere !== null && (await ignoredAmong(context, [lockfileHere])).size > 0;
  const lockfile = isHidden ? null : lockfileHere;
  const hooks = await hookSituation(context);
  const bare = { hooks } as const;
  const folder = hookFolder(bare);
  const remote = await remoteFacts(context.git);
  const sources = await readScriptSources(context, []);
  const searched = (context.env.PATH ?? '').split(path.delimiter).filter((one) => path.isAbsolute(one));
  const hookFiles = adoptedHooks.map((hook) => `${folder}/${hook}`);
  const config = hooks.kind === 'runner' ? [hooks.config] : [];
  const names = [
    ...['package.json', path.posix.join(home, 'package.json'), '.gitignore'],
    ...[...wholeFiles(bare), ...hookFiles, ...config],
  ];
  const beside = folderBeside({ root, commonDirectory: context.commonDirectory });
  const branch = await context.git(['symbolic-ref', '--short', '--quiet', 'HEAD']);
  return {
    home,
    place: path.relative(root, realpathSync(directory)).split(path.sep).join('/') || '.',
    texts: textsIn(root, names),
    manager,
    lockfile,
    ...managerFacts(context),
    remote,
    branch: branch.exitCode === 0 ? branch.stdout.trim() : null,
    agents: Object.keys(knownAgents).filter((name) => holdProgram(context, searched, name)),
    hooks,
    keepsLineEnds: await keepsLineEnds(context, `${folder}/${hookFileName}`),
    areGeneratedTracked: ['h', 'husky.sh'].some((name) => context.tree.entries.has(`${folder}/_/${name}`)),
    areGeneratedForeign: hasWindowsEnds(textOf(root, `${folder}/_/h`) ?? ''),
    runs: await runFiles(context, sources),
    built: await builtFiles(context, sources, manager),
    hasTsx: namesPackage(root, '.', 'tsx') || existsSync(path.join(root, 'node_modules/tsx')),
    programs: programsOf(root, home),
    unignored: await unignored(context),
    beside: 'folder' in beside ? beside.folder : null,
    whyInside: 'why' in beside ? beside.why : null,
    isOnGitHub:
      /github\./.test(remote.url ?? '') || existsSync(path.join(root, path.dirname(path.dirname(workflowPath)))),
    nodeVersionFile: ['.nvmrc', '.node-version'].find((name) => existsSync(path.join(root, name))) ?? null,
  };
}
