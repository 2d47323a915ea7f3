/** The commands that write another path into package scripts, where that is one plain edit. */
import path from 'node:path';
import { shellWord } from '../core/shell-word.ts';
import { asWritten, type MissingTarget } from './script-findings.ts';
import type { ScriptLine } from './script-sources.ts';

/** Names that `npm pkg set` takes for one key: a dot or a bracket would lead it elsewhere. */
const plainName = /^[\w:-]+$/;

/** The line with the path in the place of the missing one; undefined where that does not stand there exactly once. */
function rewritten({ text, directory }: ScriptLine, file: string, to: string): string | undefined {
  const written = path.posix.relative(directory, file).replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const asWord = new RegExp(`(?<=^|[\\s"'=])(\\./)?${written}(?=$|[\\s"';&|)])`, 'g');
  return text.match(asWord)?.length === 1 ? text.replace(asWord, () => to) : undefined;
}

/**
 * `npm pkg set` for each script of the root's package.json that runs the missing file; none at all where one of the lines
 * is written elsewhere or otherwise, because a half of an edit mends nothing.
 */
export function rewriteCommands(missing: MissingTarget, to: string): readonly string[] {
  const commands = missing.lines.map((line) => {
    const isPlain =
      line.file === 'package.json' && line.pointer === `/scripts/${line.label}` && plainName.test(line.label);
    const text = isPlain ? rewritten(line, missing.file, asWritten(missing, to)) : undefined;
    return text === undefined || text.includes('\n')
      ? undefined
      : `npm pkg set ${shellWord(`scripts.${line.label}=${text}`)}`;
  });
  return commands.every((command) => command !== undefined) ? commands : [];
}
