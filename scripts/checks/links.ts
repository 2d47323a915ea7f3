/** Each ES-module entry point links under its production runner, without running one line of it; with --deep it starts. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CheckOutcome, type Finding, subjectOf } from '../core/doctor.ts';
import type { EntryPoint } from '../core/manifest.ts';
import { type Check, type CheckContext, withManifest } from './check.ts';
import { brokenLink, brokenRunner, commandLine, notLinked } from './link-findings.ts';
import { linkAnswers, linkProgram } from './link-program.ts';
import { lockedPackages } from './package-manager.ts';
import { probeAll } from './probes.ts';
import { isEsModule, linkRunner } from './runner.ts';

/** A graph that does not link within this time is stuck in a loader; nothing can be said about it. */
const timeoutMs = 20_000;

type Argv = readonly [string, ...string[]];

async function packageType({ tree }: CheckContext, file: string): Promise<string | undefined> {
  let directory = path.posix.dirname(file);
  for (;;) {
    const text = await tree.read(path.posix.join(directory, 'package.json'));
    if (text !== null) return /"type"\s*:\s*"(\w+)"/.exec(text)?.[1];
    if (directory === '.') return undefined;
    directory = path.posix.dirname(directory);
  }
}

/** Without a "type", Node 20.19 and newer takes a file with import or export statements for an ES module. */
async function isModule(context: CheckContext, file: string): Promise<boolean> {
  const type = await packageType(context, file);
  if (type !== undefined || isEsModule(file, type)) return isEsModule(file, type);
  const text = (await context.tree.read(file)) ?? '';
  return !/\.c[jt]s$/.test(file) && /^(?:import\s*[\w{*"']|export\s+[\w{*])/m.test(text);
}

/** Why there is no answer, and what a person can look at: without a program to load only the runner itself can wait. */
function notEnded(argv: Argv, entries: readonly EntryPoint[]): string {
  const names = entries.map((entry) => entry.path).join(', ');
  const command = `${commandLine(argv)} -e 0`;
  return `linking ${names} did not end within ${timeoutMs / 1000} s. To mend it: try again when the machine is quiet; if ${command} does not end either, the runner itself waits for something`;
}

async function linkGroup(
  context: CheckContext,
  root: string,
  argv: Argv,
  entries: readonly EntryPoint[],
): Promise<CheckOutcome> {
  const mark = `loopbreaker-${randomUUID()}:`;
  const urls = entries.map((entry) => pathToFileURL(path.join(root, entry.path)).href);
  const program = linkProgram(urls, mark);
  const request = { argv: [...argv, '--input-type=module', '--eval', program] as const, cwd: root, timeoutMs };
  const result = await context.execute({ ...request, env: context.env });
  if (result.spawnError === 'ETIMEDOUT') return { findings: [], unknown: notEnded(argv, entries) };
  if (result.spawnError !== undefined)
    return { findings: [], unknown: `${argv[0]} could not be started: ${result.spawnError}` };
  if (result.signal !== null) return { findings: [], unknown: `linking was ended by ${result.signal}` };
  const answers = linkAnswers(result.stdout, mark);
  const [first] = entries;
  const scene = { context, root, installOf: await lockedPackages(context) };
  if (answers.size === 0 && first !== undefined) return { findings: [brokenRunner(scene, argv, first, result)] };
  const unanswered = entries.filter((_, index) => !answers.has(urls[index] ?? ''));
  const findings: Finding[] = [];
  for (const [index, entry] of entries.entries()) {
    const answer = answers.get(urls[index] ?? '');
    if (answer !== undefined && !answer.linked) findings.push(await brokenLink(scene, entry, answer));
  }
  if (unanswered.length === 0) return { findings };
  return { findings, unknown: `linking ended before ${unanswered.map((entry) => entry.path).join(', ')}` };
}

function merged(outcomes: readonly CheckOutcome[]): CheckOutcome {
  const findings = outcomes.flatMap((outcome) => outcome.findings);
  const unknown = outcomes.flatMap((outcome) => outcome.unknown ?? []);
  return unknown.length === 0 ? { findings } : { findings, unknown: unknown.join('; ') };
}

/** Links the entry points below a root: the work tree, or a clean checkout. One process for each different runner. */
async function linkAll(context: CheckContext, root: string, entries: readonly EntryPoint[]): Promise<CheckOutcome> {
  const notes: Finding[] = [];
  const groups = new Map<string, { argv: Argv; entries: EntryPoint[] }>();
  for (const entry of entries) {
    const runner = linkRunner(entry);
    if (!runner.ok) notes.push(notLinked(entry, runner.reason));
    else if (!(await isModule(context, entry.path))) notes.push(notLinked(entry, 'it is CommonJS'));
    else {
      const key = JSON.stringify(runner.argv);
      const group = groups.get(key) ?? { argv: runner.argv, entries: [] };
      group.entries.push(entry);
      groups.set(key, group);
    }
  }
  const linked = [...groups.values()].map((group) => linkGroup(context, root, group.argv, group.entries));
  return merged([...(await Promise.all(linked)), { findings: notes }]);
}

/** In a clean checkout: what does not link is not started, it is known to be broken. */
async function lookDeep(context: CheckContext, entries: readonly EntryPoint[]): Promise<CheckOutcome> {
  if (context.checkOut === undefined) return { findings: [], unknown: 'there is no place for a clean checkout' };
  const root = await context.checkOut();
  const linked = await linkAll(context, root, entries);
  const broken = new Set(linked.findings.filter(({ severity }) => severity === 'error').map(subjectOf));
  const probed = await probeAll(
    context,
    root,
    entries.filter((entry) => !broken.has(entry.path)),
  );
  return merged([linked, probed]);
}

/** Check `links`. */
export const links: Check = {
  id: 'links',
  title: 'the entry points load',
  asks: 'Does every entry point link under its production runner, without one line of it being run?',
  run: withManifest((context, manifest) => {
    // One that is not there is the matter of the check "tracked".
    const entries = manifest.entryPoints.filter((entry) => context.tree.has(entry.path));
    if (context.deep === true) return lookDeep(context, entries);
    if (context.tree.kind === 'worktree') return linkAll(context, context.disk.root, entries);
    return { findings: [], skipped: 'what is not checked out cannot be linked; "closure" follows its imports' };
  }),
};
