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

/** The folders on the way that builds fill in one repository and people in the next. */
export function mixedFoldersOf(file: string): readonly string[] {
  const names = path.posix.dirname(file).split('/');
  const isMixed = (name: string): boolean => name === 'build' || (isCompiled(file) && mixedFolder.test(name));
  return names.flatMap((name, at) => (isMixed(name) ? [names.slice(0, at + 1).join('/')] : []));
}

/** A folder on the way is one that only builds fill. */
export function isInBuildFolder(file: string): boolean {
  const names = path.posix.dirname(file).split('/');
  return names.some((name) => name !== 'build' && outputFolder.test(name));
}

/**
 * Whether an ignore rule hides a program that people write: one in a folder of scripts or tests, by a rule for all of that
 * folder or for its ending. A rule for one name, or for a folder inside, is for what something makes there.
 */
export function hidesWrittenProgram(pattern: string, file: string): boolean {
  if (!isProgram(file) || isInOutputFolder(file)) return false;
  const folders = path.posix.dirname(file).split('/');
  const rule = path.posix.basename(pattern.replace(/(.)(\/\*{1,2})?\/?$/, '$1'));
  const hidden = /^\*\.\w+$/.test(rule) ? folders : folders.slice(folders.indexOf(rule));
  return (hidden === folders || folders.includes(rule)) && hidden.some((name) => writtenFolder.test(name));
}

/** A program in a folder of scripts or tools, which is no place for what bundlers leave, as one of tests may be. */
export function isAmongScripts(file: string): boolean {
  const folders = path.posix.dirname(file).split('/');
  return isProgram(file) && !isInOutputFolder(file) && folders.some((name) => /^(scripts?|tools?|tasks?)$/i.test(name));
}

/** Written in JavaScript or TypeScript, or compiled to the first. */
export function isProgram(file: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(file) && !/\.d\.[cm]?ts$/.test(file);
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

/** A path without the ending of a compiled program. */
export function stemOf(file: string): string {
  return file.replace(/\.[cm]?jsx?$/, '');
}

/** The stem of a compiled program, in the folder above the compiler's and below it; undefined where it is in none. */
function compiledParts(file: string): { readonly above: readonly string[]; readonly inner: string } | undefined {
  const names = stemOf(file).split('/');
  const at = names.slice(0, -1).findIndex((name) => outputFolder.test(name) || mixedFolder.test(name));
  if (at < 0 || path.posix.extname(names.at(-1) ?? '') !== '') return undefined;
  return { above: names.slice(0, at), inner: names.slice(at + 1).join('/') };
}

/** The name that a compiled program's source has in its own folder, without an ending. */
export function innerStemOf(file: string): string {
  return compiledParts(file)?.inner ?? stemOf(file);
}

/** Where the source of a program in a compiler's folder usually lies: in `src`, or in what the compiler's folder lies in. */
export function sourcesElsewhere(file: string): readonly string[] {
  const parts = compiledParts(file);
  if (parts === undefined) return [];
  const [, kind = ''] = /\.([cm]?)jsx?$/.exec(file) ?? [];
  const stems = [[...parts.above, 'src', parts.inner].join('/'), [...parts.above, parts.inner].join('/')];
  const isBare = stemOf(file) === file;
  return stems.flatMap((one) => [`${one}.${kind}ts`, `${one}.tsx`, ...(isBare ? [`${one}/index.ts`] : [])]);
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
