/** What the linking of an entry point says about it, as findings. */
import { pathToFileURL } from 'node:url';
import type { Finding } from '../core/doctor.ts';
import type { EntryPoint } from '../core/manifest.ts';
import { shellWord } from '../core/shell-word.ts';
import type { ProcessResult } from '../effects/process.ts';
import type { CheckContext } from './check.ts';
import type { LinkAnswer } from './link-program.ts';
import type { InstallOf } from './package-manager.ts';
import { pathspecWord } from './pathspec-word.ts';
import { importedPlace, manifestPlace, type Place, placeAt } from './place.ts';

/** A command as it is typed. Its options stay options, although shellWord makes a path of a word that begins with `-`. */
export function commandLine(argv: readonly string[]): string {
  return argv.map((word) => (/^-[\w=:,./@-]*$/.test(word) ? word : shellWord(word))).join(' ');
}

/** An entry point that could not be linked for a good reason: worth a note, not an alarm. */
export function notLinked(entry: EntryPoint, why: string): Finding {
  const problem = `${entry.path} was not linked: ${why}. Its imports are checked by "closure".`;
  const remedy = 'nothing to do';
  return { code: 'link-not-checked', severity: 'note', problem, remedy, commands: [], path: entry.path };
}

/** Paths as a person knows them: relative to the root, without the URL, on one line. */
export function readable(root: string, text: string): string {
  return text
    .replaceAll(`${pathToFileURL(root).href}/`, '')
    .replaceAll(`${root}/`, '')
    .replace(/\s*\n\s*/g, ' ');
}

function installing(name: string, installOf: InstallOf): Pick<Finding, 'remedy' | 'commands'> {
  const install = installOf(name);
  if (install !== undefined) return { remedy: 'install what the lockfile says', commands: [install] };
  return { remedy: `npm install ${name}, or correct the name: no lockfile of this tree knows it`, commands: [] };
}

/** Where the entry points of a group were tried, and what is known there. */
export interface LinkScene {
  readonly context: CheckContext;
  /** The work tree, or a clean checkout; absolute. */
  readonly root: string;
  readonly installOf: InstallOf;
}

/** Where the import is written that Node's message is about; the entry point itself where the message does not say. */
async function importerOf({ context }: LinkScene, entry: EntryPoint, message: string, said: string): Promise<Place> {
  const from = / imported from (\S.*)$/.exec(message)?.[1];
  return await importedPlace(context, from !== undefined && context.tree.has(from) ? from : entry.path, said);
}

/** What brings a missing file back: only what git holds can be restored. */
async function restoring({ context }: LinkScene, missing: string): Promise<Pick<Finding, 'remedy' | 'commands'>> {
  const held = await context.git(['cat-file', '-e', `HEAD:${missing}`]);
  if (held.exitCode !== 0) return { remedy: 'correct the import, or write the file and git add it', commands: [] };
  return {
    remedy: 'restore the missing file, or correct the import',
    commands: [`git checkout HEAD -- ${pathspecWord(missing)}`],
  };
}

async function missingModule(scene: LinkScene, entry: EntryPoint, message: string, problem: string): Promise<Finding> {
  const missing = /Cannot find module '([^']+)'/.exec(message)?.[1] ?? '';
  const place = await importerOf(scene, entry, message, missing);
  const base = { code: 'link-missing-module', severity: 'error', problem, ...place } as const;
  if (missing === '') return { ...base, remedy: 'correct the import', commands: [] };
  return { ...base, ...(await restoring(scene, missing)) };
}

/** Where a stack's first line says that a text cannot be read, such as `scripts/a.ts:3`. */
function textPlace({ context }: LinkScene, entry: EntryPoint, place: string): Place {
  const [, file, line] = /(?:^|[\s(])([^\s:(]+):(\d+)(?::\d+)?(?=[\s:)]|$)/.exec(place) ?? [];
  return file !== undefined && context.tree.has(file) ? placeAt(file, Number(line)) : { path: entry.path };
}

/** Where the manifest says how an entry point is run. */
function runnerPlace({ context }: LinkScene, entry: EntryPoint): Place {
  const entries = context.manifest.ok ? context.manifest.manifest.entryPoints : [];
  return manifestPlace(context, `/entryPoints/${entries.indexOf(entry)}/runner`);
}

/** The finding for an entry point that did not link: about that one, and placed where it is mended. */
export async function brokenLink(scene: LinkScene, entry: EntryPoint, answer: LinkAnswer): Promise<Finding> {
  return { ...(await brokenAt(scene, entry, answer)), target: entry.path };
}

async function brokenAt(scene: LinkScene, entry: EntryPoint, answer: LinkAnswer): Promise<Finding> {
  const { root, installOf } = scene;
  const message = readable(root, answer.message).replace(/ imported from data:.*$/, '');
  const place = readable(root, answer.place);
  const load = `${entry.path} does not load: ${message}.`;
  const packageName = /Cannot find package '([^']+)'/.exec(answer.message)?.[1];
  if (packageName !== undefined) {
    const base = { code: 'link-missing-package', severity: 'error', problem: load } as const;
    return {
      ...base,
      ...installing(packageName, installOf),
      ...(await importerOf(scene, entry, message, packageName)),
    };
  }
  if (answer.code === 'ERR_MODULE_NOT_FOUND') return await missingModule(scene, entry, message, load);
  if (answer.code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[cm]?tsx?"/.test(message)) {
    const problem = `${entry.path} does not load: its runner "${entry.runner.join(' ')}" cannot read TypeScript: ${message}.`;
    const remedy = 'write "runner": ["node", "--import", "tsx"], or use a Node that strips types (22.18 or newer)';
    const base = { code: 'runner-without-typescript', severity: 'error', problem, remedy, commands: [] } as const;
    return { ...base, ...runnerPlace(scene, entry) };
  }
  const where = place === '' || message.includes(place) || place.includes(message) ? '' : ` (${place})`;
  const problem = `${entry.path} does not load: ${answer.name}: ${message}${where}`;
  const base = { code: 'link-failed', severity: 'error', problem, remedy: 'mend the file that is named' } as const;
  return { ...base, commands: [], ...textPlace(scene, entry, `${place} ${message}`) };
}

/** The finding for a runner that ended by itself before the first entry point was tried. */
export function brokenRunner(
  scene: LinkScene,
  argv: readonly string[],
  first: EntryPoint,
  result: ProcessResult,
): Finding {
  const command = commandLine(argv);
  const missing = /Cannot find (?:package|module) '([^']+)'/.exec(result.stderr)?.[1];
  const base = { severity: 'error', ...runnerPlace(scene, first), target: first.path } as const;
  if (missing !== undefined) {
    const problem = `The runner "${command}" does not start: ${missing} is not installed. The entry points may be fine.`;
    return { ...base, code: 'runner-package-missing', problem, ...installing(missing, scene.installOf) };
  }
  const lines = result.stderr.split('\n').filter((line) => line.trim() !== '');
  const said = lines.find((line) => /error/i.test(line)) ?? lines[0] ?? 'it said nothing';
  const problem = `The runner "${command}" ended with ${result.exitCode ?? result.signal}: ${said.trim()}`;
  return {
    ...base,
    code: 'runner-failed',
    problem,
    remedy: `mend what it says; ${command} -e 0 shows it`,
    commands: [],
  };
}
