/** Whether a file that git does not hold looks like something that a build leaves. */
import path from 'node:path';
import type { Taking } from './script-reading.ts';

/** Endings of what compilers, bundlers, linkers and generators write. */
const compiled =
  /\.([cm]?js|jsx|css|wasm|map|node|html|json|exe|so|dylib|jar|class)$|\.d\.[cm]?ts$|\.(gen|generated)\.\w+$/;

/** Endings of what people write. */
const handWritten = /\.([cm]?tsx?|sh|bash|zsh|py|rb|pl|php|coffee|vue|svelte|ps1|bat|cmd)$/;

/** Names of folders in which nobody writes by hand. */
const outputFolder =
  /^(\.?(dist|build|built|out|output|_{0,2}(auto[-_]?)?gen(erated)?_{0,2}|cache|temp|tmp|coverage|venv|next|nuxt|turbo|svelte-kit|vercel)|target|artifacts|compiled|transpiled|vendor|(dist|build|out|tmp|temp|generated)[-_.].*|.*[-_.](dist|build|out|generated))$/i;

/** Names of folders in which compiled files are usual, and written ones too. */
const mixedFolder = /^(libs?|esm?|cjs|umd|bin|pkg|public|bundles?|release)$/i;

/** Names of folders in which people keep programs that nothing compiles. */
const writtenFolder = /^(scripts?|tools?|tasks?|dev|tests?|__tests__|e2e|specs?)$/i;

/** An ending that a compiler writes. */
export function isCompiled(file: string): boolean {
  return compiled.test(file);
}

/** An ending that only people write. */
export function isHandWritten(file: string): boolean {
  return handWritten.test(file) && !compiled.test(file);
}

/** A folder on the way is one that builds fill; with a compiled file in it, one that they often fill is enough. */
export function isInOutputFolder(file: string): boolean {
  const folders = path.posix.dirname(file).split('/');
  return folders.some((name) => outputFolder.test(name) || (isCompiled(file) && mixedFolder.test(name)));
}

/** The folders on the way that hold compiled files in one repository and written ones in the next. */
export function mixedFoldersOf(file: string): readonly string[] {
  const names = path.posix.dirname(file).split('/');
  return names.flatMap((name, at) => (mixedFolder.test(name) ? [names.slice(0, at + 1).join('/')] : []));
}

/** A folder on the way is one that only builds fill. */
export function isInBuildFolder(file: string): boolean {
  return path.posix
    .dirname(file)
    .split('/')
    .some((name) => outputFolder.test(name));
}

/** A program in a folder in which people write programs, and nothing on the way says that it is compiled. */
export function isWhereProgramsAreWritten(file: string): boolean {
  const folders = path.posix.dirname(file).split('/');
  return isProgram(file) && !isInOutputFolder(file) && folders.some((name) => writtenFolder.test(name));
}

/** Written in JavaScript or TypeScript, or compiled to the first. */
export function isProgram(file: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(file) && !/\.d\.[cm]?ts$/.test(file);
}

/** A rule for one name: what somebody hides on purpose is made by something. */
export function isNamedBy(pattern: string, file: string): boolean {
  return path.posix.basename(pattern) === path.posix.basename(file);
}

/** A rule that hides everything and not something: an allow-list, which hides what nobody thought of too. */
export function isCatchAll(pattern: string): boolean {
  return /^\/?(\*\*?\/?)+$/.test(pattern);
}

/** A rule for an ending, wherever the file lies. */
export function isEndingRule(pattern: string): boolean {
  return /^(\*\*\/)?\*\.\w/.test(pattern);
}

/** Sources that a compiled file next to them comes from. */
export function sourcesBeside(file: string): readonly string[] {
  const match = /^(.*)\.([cm]?)jsx?$/.exec(file);
  if (match === null) return [];
  const [, stem = '', kind = ''] = match;
  return [`${stem}.${kind}ts`, `${stem}.tsx`, `${stem}.coffee`];
}

const endings = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.tsx', '.jsx', '.json', '.node'];

/** The files that a program may take for a path that is no folder, the exact one first. */
export function runnableAs(file: string, taking: Taking): readonly string[] {
  const withEnding = endings.map((ending) => file + ending);
  const asFolder = endings.map((ending) => path.posix.join(file, `index${ending}`));
  switch (taking) {
    case 'file':
    case 'path':
      return [file];
    case 'module':
      return [file, ...withEnding, ...asFolder];
    case 'source':
      return [file, ...sourcesBeside(file), ...withEnding, ...asFolder];
    case 'settings':
      return [file, ...withEnding];
    case 'project':
      return [file, `${file}.json`, path.posix.join(file, 'tsconfig.json')];
  }
}
