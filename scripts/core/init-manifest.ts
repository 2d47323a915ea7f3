/** The contract of an adopted repository: what its package scripts and hooks really run. Pure. */
import path from 'node:path';
import { hookFileName } from './hook-file.ts';
import { absentFile, type InitFacts, type InitPart, note, type RunFile, usesHookFile } from './init-facts.ts';
import { hookFolder, inPackage } from './init-policies.ts';
import { objectAt, parseObject } from './json-value.ts';
import { manifestPath } from './manifest.ts';
import { prettyJson } from './pretty-json.ts';
import { isWithin, parseRange } from './version-range.ts';

/** As many as the schema allows. */
const entryPointsMax = 200;

const isProgram = (file: string): boolean => /\.[cm]?[jt]sx?$/.test(file);

/** The part of a line, between its operators, that names the file. */
function segmentWith(line: string, file: string): string {
  const base = path.posix.basename(file).replace(/\.[cm]?[jt]sx?$/, '');
  return line.split(/&&|\|\||;|\|/).find((segment) => segment.includes(base)) ?? line;
}

/** The command in front of a program, as the script that runs it says. */
export function runnerOf({ path: file, line }: RunFile): readonly string[] {
  const segment = segmentWith(line, file);
  const has = (word: RegExp): boolean => word.test(segment);
  if (has(/\btsx\b/)) return ['node', '--import', 'tsx'];
  if (has(/\bts-node-esm\b/)) return ['ts-node-esm'];
  if (has(/\bts-node\b/)) return has(/--loader|--import/) ? ['node', '--loader', 'ts-node/esm'] : ['ts-node'];
  if (has(/\bbun\b/)) return ['bun'];
  if (has(/\bdeno\b/)) return ['deno', 'run'];
  if (has(/\bvite-node\b/)) return ['vite-node'];
  return has(/--experimental-strip-types/) ? ['node', '--experimental-strip-types'] : ['node'];
}

/** Folders that hold the files; a folder within another of them, and the root itself, are left out. */
function foldersOf(files: readonly string[]): readonly string[] {
  const all = [...new Set(files.map((file) => path.posix.dirname(file)))].filter((folder) => folder !== '.');
  return all.filter((folder) => !all.some((other) => folder.startsWith(`${other}/`)));
}

/** Range of Node that package.json and loopbreaker both allow; undefined where neither lies within the other. */
function nodeRange(engines: unknown): string | undefined {
  const own = '>=20.19';
  if (typeof engines !== 'string') return own;
  const [inner, outer] = [parseRange(own), parseRange(engines)];
  if (inner === null || outer === null) return undefined;
  if (isWithin(inner, outer)) return own;
  return isWithin(outer, inner) ? engines : undefined;
}

function toolsOf({ texts, home }: InitFacts): Readonly<Record<string, string>> {
  const packageJson = parseObject(texts.get(path.posix.join(home, 'package.json')) ?? '') ?? {};
  const node = nodeRange(objectAt(packageJson, 'engines').node);
  return { ...(node === undefined ? {} : { node }), git: '>=2.38' };
}

/** A pattern for each folder of outputs, and the file itself where it lies in none. */
function generatedOf({ built }: InitFacts): readonly { readonly path: string; readonly by: string }[] {
  const byPattern = new Map(built.map(({ pattern, by }) => [pattern, by]));
  return [...byPattern].map(([pattern, by]) => ({ path: pattern, by }));
}

/** Files of the hooks that everything else hangs on, also those that the next run writes when a person has made room. */
function hookFiles(facts: InitFacts): readonly string[] {
  const { hooks } = facts;
  const inFolder = (...names: readonly string[]): readonly string[] =>
    names.map((name) => `${hookFolder(facts)}/${name}`);
  switch (hooks.kind) {
    case 'husky':
    case 'outside':
    case 'unmanaged':
      return inFolder(hookFileName, '_/h', '_/pre-commit', '_/pre-push');
    case 'folder':
      return inFolder(hookFileName, ...(hooks.isHusky8 ? ['_/husky.sh'] : []));
    case 'runner': {
      const own = usesHookFile(hooks) ? inFolder(hookFileName) : [];
      return [...own, ...(hooks.config === 'package.json' ? [] : [hooks.config])];
    }
  }
}

/**
 * Programs that the doctor can load. An entry point is started in the root: one whose package alone has the tsx that runs it
 * would not start there, and is only a file that has to be there.
 */
function entriesOf({ runs, hasTsx }: InitFacts): readonly RunFile[] {
  return runs.filter((one) => isProgram(one.path) && (hasTsx || !runnerOf(one).includes('tsx')));
}

function manifestOf(facts: InitFacts): object {
  const { home, lockfile, texts, runs } = facts;
  const all = entriesOf(facts);
  const entries = all.slice(0, entryPointsMax);
  const others = runs.filter((one) => !all.includes(one)).map((one) => one.path);
  const usual = ['PROMPT.md', path.posix.join(home, 'package.json'), ...(lockfile === null ? [] : [lockfile])];
  const root = home === '.' || !texts.has('package.json') ? [] : ['package.json'];
  return {
    $schema: `./${inPackage(facts, 'policy/schema/runtime-manifest.schema.json')}`,
    entryPoints: entries.map((entry) => ({ path: entry.path, runner: runnerOf(entry), probe: 'none' })),
    policies: ['loop', 'promote', 'breaker', 'failure-classes'].map((name) => ({ path: `policy/${name}.json` })),
    files: [...new Set([...usual, ...root, ...hookFiles(facts), ...others])],
    hooks: ['pre-commit', 'pre-push'],
    runtimeDirectories: [
      ...new Set([
        ...foldersOf(runs.map((one) => one.path)),
        'policy',
        ...(hookFiles(facts).some((file) => file.startsWith(`${hookFolder(facts)}/`)) ? [hookFolder(facts)] : []),
      ]),
    ].slice(0, 50),
    generated: generatedOf(facts),
    tools: toolsOf(facts),
  };
}

/** The manifest, where there is none yet. */
export function planManifest(facts: InitFacts): InitPart {
  const edits = absentFile(facts, manifestPath, prettyJson(manifestOf(facts)));
  const count = entriesOf(facts).length;
  const tooMany = `${count} programs are run by package scripts, and ${manifestPath} names the first ${entryPointsMax}.`;
  return { edits, notes: edits.length > 0 && count > entryPointsMax ? [note(tooMany)] : [] };
}
