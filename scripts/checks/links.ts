/** Every entry point loads: its whole import graph links under its production runner, without running one line of it. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CheckOutcome, Finding } from '../core/doctor.ts';
import type { EntryPoint } from '../core/manifest.ts';
import type { ProcessResult } from '../effects/process.ts';
import { type Check, type CheckContext, withManifest } from './check.ts';
import { type LinkAnswer, linkAnswers, linkProgram } from './link-program.ts';
import { isEsModule, linkRunner } from './runner.ts';
import { shellWord } from './shell-word.ts';

/** A graph that does not link within this time is stuck in a loader; nothing can be said about it. */
const timeoutMs = 20_000;

function note(entry: EntryPoint, why: string): Finding {
  const problem = `${entry.path} was not linked: ${why}. Its imports are checked by "closure".`;
  const remedy = 'nothing to do';
  return { code: 'link-not-checked', severity: 'note', problem, remedy, commands: [], path: entry.path };
}

async function packageType({ tree }: CheckContext, file: string): Promise<string | undefined> {
  let directory = path.posix.dirname(file);
  for (;;) {
    const text = await tree.read(path.posix.join(directory, 'package.json'));
    if (text !== null) return /"type"\s*:\s*"(\w+)"/.exec(text)?.[1];
    if (directory === '.') return undefined;
    directory = path.posix.dirname(directory);
  }
}

/** Paths as a person knows them: relative to the root, without the URL. */
function readable(context: CheckContext, text: string): string {
  const { root } = context.disk;
  return text
    .replaceAll(`${pathToFileURL(root).href}/`, '')
    .replaceAll(`${root}/`, '')
    .replace(/\s*\n\s*/g, ' ');
}

function brokenLink(context: CheckContext, entry: EntryPoint, answer: LinkAnswer): Finding {
  const message = readable(context, answer.message).replace(/ imported from data:.*$/, '');
  const place = readable(context, answer.place);
  const base = { severity: 'error', path: entry.path } as const;
  const missingPackage = /Cannot find package '([^']+)'/.exec(answer.message)?.[1];
  if (missingPackage !== undefined) {
    const problem = `${entry.path} does not load: ${message}.`;
    const remedy = `install what the lockfile says; if it does not name ${missingPackage}, npm install ${missingPackage}`;
    return { ...base, code: 'link-missing-package', problem, remedy, commands: ['npm ci'] };
  }
  if (answer.code === 'ERR_MODULE_NOT_FOUND') {
    const missing = /Cannot find module '([^']+)'/.exec(message)?.[1];
    const commands = missing === undefined ? [] : [`git checkout HEAD -- ${shellWord(missing)}`];
    const remedy = 'restore the missing file, or correct the import';
    return {
      ...base,
      code: 'link-missing-module',
      problem: `${entry.path} does not load: ${message}.`,
      remedy,
      commands,
    };
  }
  const where = place === '' || message.includes(place) || place.includes(message) ? '' : ` (${place})`;
  const problem = `${entry.path} does not load: ${answer.name}: ${message}${where}`;
  return { ...base, code: 'link-failed', problem, remedy: 'mend the file that is named', commands: [] };
}

/** The runner itself ended before the first entry point was tried. */
function brokenRunner(argv: readonly string[], first: EntryPoint, result: ProcessResult): Finding {
  const command = argv.map(shellWord).join(' ');
  const missing = /Cannot find (?:package|module) '([^']+)'/.exec(result.stderr)?.[1];
  const base = { severity: 'error', path: first.path } as const;
  if (missing !== undefined) {
    const problem = `The runner "${command}" does not start: ${missing} is not installed. The entry points may be fine.`;
    return { ...base, code: 'runner-package-missing', problem, remedy: 'install the packages', commands: ['npm ci'] };
  }
  const lines = result.stderr.split('\n').filter((line) => line.trim() !== '');
  const said = lines.find((line) => /error/i.test(line)) ?? lines[0] ?? 'it said nothing';
  const problem = `The runner "${command}" ended with ${result.exitCode ?? result.signal}: ${said.trim()}`;
  return { ...base, code: 'runner-failed', problem, remedy: 'mend what it says', commands: [`${command} -e 0`] };
}

async function linkGroup(
  context: CheckContext,
  argv: readonly [string, ...string[]],
  entries: readonly EntryPoint[],
): Promise<CheckOutcome> {
  const mark = `loopbreaker-${randomUUID()}:`;
  const urls = entries.map((entry) => pathToFileURL(path.join(context.disk.root, entry.path)).href);
  const program = linkProgram(urls, mark);
  const result = await context.execute({
    argv: [...argv, '--input-type=module', '--eval', program],
    cwd: context.disk.root,
    env: context.env,
    timeoutMs,
  });
  if (result.spawnError !== undefined)
    return { findings: [], unknown: `${argv[0]} could not be started: ${result.spawnError}` };
  const answers = linkAnswers(result.stdout, mark);
  const [first] = entries;
  if (result.signal !== null) return { findings: [], unknown: `linking did not end within ${timeoutMs / 1000} s` };
  if (answers.size === 0 && first !== undefined) return { findings: [brokenRunner(argv, first, result)] };
  const unanswered = entries.filter((_, index) => !answers.has(urls[index] ?? ''));
  const findings = entries.flatMap((entry, index) => {
    const answer = answers.get(urls[index] ?? '');
    return answer === undefined || answer.linked ? [] : [brokenLink(context, entry, answer)];
  });
  if (unanswered.length === 0) return { findings };
  return { findings, unknown: `linking ended before ${unanswered.map((entry) => entry.path).join(', ')}` };
}

async function look(context: CheckContext, entryPoints: readonly EntryPoint[]): Promise<CheckOutcome> {
  const notes: Finding[] = [];
  const groups = new Map<string, { argv: readonly [string, ...string[]]; entries: EntryPoint[] }>();
  for (const entry of entryPoints) {
    if (!context.tree.has(entry.path)) continue; // The matter of the check "tracked".
    const runner = linkRunner(entry);
    if (!runner.ok) notes.push(note(entry, runner.reason));
    else if (!isEsModule(entry.path, await packageType(context, entry.path))) notes.push(note(entry, 'it is CommonJS'));
    else {
      const key = JSON.stringify(runner.argv);
      const group = groups.get(key) ?? { argv: runner.argv, entries: [] };
      group.entries.push(entry);
      groups.set(key, group);
    }
  }
  const outcomes = await Promise.all(
    [...groups.values()].map((group) => linkGroup(context, group.argv, group.entries)),
  );
  const unknown = outcomes.flatMap((outcome) => outcome.unknown ?? []);
  const findings = [...outcomes.flatMap((outcome) => outcome.findings), ...notes];
  return unknown.length === 0 ? { findings } : { findings, unknown: unknown.join('; ') };
}

/** Check `links`. */
export const links: Check = {
  id: 'links',
  title: 'the entry points load',
  asks: 'Does every entry point link under its production runner, without one line of it being run?',
  run: withManifest((context, manifest) => {
    if (context.tree.kind === 'worktree') return look(context, manifest.entryPoints);
    return { findings: [], skipped: 'what is not checked out cannot be linked; "closure" follows its imports' };
  }),
};
