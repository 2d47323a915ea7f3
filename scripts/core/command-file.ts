/** Which file of the repository a command runs, the promote command or the agent: its being mended is noticed by it. */

/** `npm run NAME`, and the same by other package managers. */
function scriptName([program, ...args]: readonly string[]): string | null {
  if (!/^(npm|pnpm|yarn|bun)$/.test(program ?? '')) return null;
  const words = args.filter((word) => !word.startsWith('-'));
  return (words[0] === 'run' || words[0] === 'run-script' ? words[1] : undefined) ?? null;
}

/** A path, or the name of a source file; options, plain words and lines of a shell are none. */
function looksLikeFile(word: string): boolean {
  if (word.startsWith('-') || /\s/.test(word)) return false;
  return word.includes('/') || /\.([cm]?[jt]s|sh|py|rb|pl)$/.test(word);
}

/**
 * The file of a command such as `node scripts/worktree/auto-promote.mjs`, as it is written, also behind `npm run NAME`
 * with `scripts` of package.json; null where no word of it is a file.
 */
export function fileOfCommand(command: readonly string[], scripts: Readonly<Record<string, unknown>>): string | null {
  const name = scriptName(command);
  const line = name !== null && Object.hasOwn(scripts, name) ? scripts[name] : undefined;
  const words = typeof line === 'string' ? line.split(/\s+/) : command;
  const files = words.filter(looksLikeFile);
  // `/usr/bin/env node tools/x.mjs`: the program that is started is not what can be mended here.
  return files.find((word) => !word.startsWith('/')) ?? files[0] ?? null;
}
