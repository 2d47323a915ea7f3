/** The files that package.json scripts and the tracked hooks run are in the tree: plain form, literal paths only. */
import path from 'node:path';
import { candidatesFor } from '../core/closure.ts';
import type { Finding } from '../core/doctor.ts';
import type { Manifest } from '../core/manifest.ts';
import { readScriptLine, type ScriptTarget } from '../core/script-lines.ts';
import { findAbsence } from './absence.ts';
import { type Check, type CheckContext, withManifest } from './check.ts';
import { shellWord } from './shell-word.ts';

interface ScriptLine {
  /** Where it stands, such as `package.json script "test"`. */
  readonly name: string;
  readonly file: string;
  readonly directory: string;
  readonly text: string;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function packageAt({ tree }: CheckContext, file: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await tree.read(file);
  const parsed: unknown = text === null ? {} : JSON.parse(text);
  return isObject(parsed) ? parsed : {};
}

function workspacePatterns(root: Readonly<Record<string, unknown>>): readonly string[] {
  const { workspaces } = root;
  const list: unknown = isObject(workspaces) ? workspaces.packages : workspaces;
  return Array.isArray(list) ? list.filter((pattern) => typeof pattern === 'string') : [];
}

async function packageFiles(context: CheckContext): Promise<readonly string[]> {
  if (!context.tree.has('package.json')) return [];
  const patterns = workspacePatterns(await packageAt(context, 'package.json'));
  if (patterns.length === 0) return ['package.json'];
  const { default: picomatch } = await import('picomatch');
  const isMember = picomatch(patterns.map((pattern) => path.posix.join(pattern, 'package.json')));
  const members = [...context.tree.entries.keys()].filter((file) => file.endsWith('/package.json') && isMember(file));
  return ['package.json', ...members];
}

async function scriptLines(context: CheckContext, manifest: Manifest): Promise<readonly ScriptLine[]> {
  const lines: ScriptLine[] = [];
  for (const file of await packageFiles(context)) {
    const { scripts } = await packageAt(context, file);
    for (const [name, text] of Object.entries(isObject(scripts) ? scripts : {})) {
      // A script whose name begins with "_" or "//" is a comment kept as a script.
      if (typeof text !== 'string' || /^(_|\/\/)/.test(name)) continue;
      lines.push({ name: `the script "${name}" of ${file}`, file, directory: path.posix.dirname(file), text });
    }
  }
  for (const hook of manifest.hooks) {
    const file = `.husky/${hook}`;
    const text = (await context.tree.read(file)) ?? '';
    const code = text
      .split('\n')
      .filter((line) => !/^\s*#/.test(line))
      .join('\n');
    lines.push({ name: `the hook ${file}`, file, directory: '.', text: code });
  }
  return lines;
}

const compiledEndings = /\.(c|m)?js$|\.d\.ts$|\.map$|\.css$|\.wasm$/;

function builtNote(line: ScriptLine, finding: Finding): Finding {
  const problem = `${line.name} runs ${finding.path}, which is ignored and looks like a build output.`;
  const remedy = 'if a build makes it, declare it under "generated" in runtime-manifest.json';
  return { ...finding, code: 'script-target-built', severity: 'note', problem, remedy, commands: [] };
}

async function isIgnored({ git }: CheckContext, file: string): Promise<boolean> {
  return (await git(['check-ignore', '-q', '--stdin', '-z'], { input: `${file}\0` })).exitCode === 0;
}

async function targetFinding(
  context: CheckContext,
  line: ScriptLine,
  target: ScriptTarget,
): Promise<Finding | undefined> {
  const file = path.posix.join(line.directory, target.path);
  if (file.startsWith('../')) return undefined; // Outside of the repository: not ours to judge.
  const { tree } = context;
  const real = [file, ...candidatesFor(file)].find((candidate) => tree.has(candidate));
  if (real === undefined) {
    const isFolder = [...tree.entries.keys()].some((name) => name.startsWith(`${file}/`));
    if (isFolder) return undefined; // A package or folder: what Node makes of it is not known here.
    const finding = await findAbsence(context, { path: file, neededBy: `${line.name} runs it` });
    if (finding === undefined || !compiledEndings.test(file)) return finding;
    const built =
      finding.code === 'path-ignored' || (finding.code === 'path-missing' && (await isIgnored(context, file)));
    return built ? builtNote(line, finding) : finding;
  }
  if (!target.direct || tree.entries.get(real)?.mode !== '100644') return undefined;
  const problem = `${line.name} executes ${real}, which git holds without the execute bit.`;
  const commands = [`chmod +x ${shellWord(real)}`, `git update-index --chmod=+x ${shellWord(real)}`];
  return {
    code: 'not-executable',
    severity: 'error',
    problem,
    remedy: 'give it the execute bit',
    commands,
    path: real,
  };
}

function unknowableNote(line: ScriptLine, parts: readonly string[]): Finding {
  const problem = `${line.name}: nothing is claimed about ${parts.join('; ')}.`;
  const base = { code: 'script-target-unknowable', severity: 'note', remedy: 'nothing to do', commands: [] } as const;
  return { ...base, problem, path: line.file };
}

/** Check `script-targets`. */
export const scriptTargets: Check = {
  id: 'script-targets',
  title: 'what package scripts and hooks run exists',
  asks: 'Is every file that a package script or hook runs by a literal path in this tree?',
  run: withManifest(async (context, manifest) => {
    const lines = await scriptLines(context, manifest);
    if (lines.every((line) => line.text === ''))
      return { findings: [], skipped: 'there are no package scripts or hooks' };
    const { default: picomatch } = await import('picomatch');
    const isGenerated = picomatch(
      manifest.generated.map((generated) => generated.path),
      { dot: true },
    );
    const seen = new Set<string>();
    const findings: Finding[] = [];
    for (const line of lines) {
      const reading = readScriptLine(line.text);
      if (reading.unknowable.length > 0) findings.push(unknowableNote(line, reading.unknowable));
      for (const target of reading.targets) {
        const file = path.posix.join(line.directory, target.path);
        if (seen.has(file) || isGenerated(file)) continue;
        seen.add(file);
        const finding = await targetFinding(context, line, target);
        if (finding !== undefined) findings.push(finding);
      }
    }
    return { findings };
  }),
};
