/** What the linking of an entry point says about it, as findings. */
import { pathToFileURL } from 'node:url';
import type { Finding } from '../core/doctor.ts';
import type { EntryPoint } from '../core/manifest.ts';
import type { ProcessResult } from '../effects/process.ts';
import type { LinkAnswer } from './link-program.ts';
import { shellWord } from './shell-word.ts';

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

/** Whether the lockfile of the tree names a package, so that `npm ci` brings it. */
export type IsLocked = (name: string) => boolean;

function installing(name: string, isLocked: IsLocked): Pick<Finding, 'remedy' | 'commands'> {
  if (isLocked(name)) return { remedy: 'install what the lockfile says', commands: ['npm ci'] };
  return { remedy: `npm install ${name}, or correct the name: no lockfile of this tree knows it`, commands: [] };
}

function missingPackage(
  base: Pick<Finding, 'severity' | 'path'>,
  load: string,
  name: string,
  isLocked: IsLocked,
): Finding {
  return { ...base, code: 'link-missing-package', problem: load, ...installing(name, isLocked) };
}

function missingModule(base: Pick<Finding, 'severity' | 'path'>, load: string, message: string): Finding {
  const missing = /Cannot find module '([^']+)'/.exec(message)?.[1];
  const commands = missing === undefined ? [] : [`git checkout HEAD -- ${shellWord(missing)}`];
  const remedy = 'restore the missing file, or correct the import';
  return { ...base, code: 'link-missing-module', problem: load, remedy, commands };
}

/** The finding for an entry point that did not link. `root` is where it was tried. */
export function brokenLink(root: string, entry: EntryPoint, answer: LinkAnswer, isLocked: IsLocked): Finding {
  const message = readable(root, answer.message).replace(/ imported from data:.*$/, '');
  const place = readable(root, answer.place);
  const base = { severity: 'error', path: entry.path } as const;
  const load = `${entry.path} does not load: ${message}.`;
  const packageName = /Cannot find package '([^']+)'/.exec(answer.message)?.[1];
  if (packageName !== undefined) return missingPackage(base, load, packageName, isLocked);
  if (answer.code === 'ERR_MODULE_NOT_FOUND') return missingModule(base, load, message);
  if (answer.code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[cm]?tsx?"/.test(message)) {
    const problem = `${entry.path} does not load: its runner "${entry.runner.join(' ')}" cannot read TypeScript: ${message}.`;
    const remedy = 'write "runner": ["node", "--import", "tsx"], or use a Node that strips types (22.18 or newer)';
    return { ...base, code: 'runner-without-typescript', problem, remedy, commands: [] };
  }
  const where = place === '' || message.includes(place) || place.includes(message) ? '' : ` (${place})`;
  const problem = `${entry.path} does not load: ${answer.name}: ${message}${where}`;
  return { ...base, code: 'link-failed', problem, remedy: 'mend the file that is named', commands: [] };
}

/** The finding for a runner that ended by itself before the first entry point was tried. */
export function brokenRunner(
  argv: readonly string[],
  first: EntryPoint,
  result: ProcessResult,
  isLocked: IsLocked,
): Finding {
  const command = commandLine(argv);
  const missing = /Cannot find (?:package|module) '([^']+)'/.exec(result.stderr)?.[1];
  const base = { severity: 'error', path: first.path } as const;
  if (missing !== undefined) {
    const problem = `The runner "${command}" does not start: ${missing} is not installed. The entry points may be fine.`;
    return { ...base, code: 'runner-package-missing', problem, ...installing(missing, isLocked) };
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
