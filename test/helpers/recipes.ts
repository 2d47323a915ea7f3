/** The recipes of docs/recipes as a person follows them: their files written, their commands typed, their output compared. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One fenced block: what stands behind the three backticks, and its text. */
export interface Block {
  readonly language: string;
  /** The file that the block is, where it is one. */
  readonly file: string | undefined;
  readonly text: string;
}

/** What a person types, and the lines that the page says come out of it. */
export interface Typed {
  readonly commands: readonly string[];
  readonly shown: readonly string[];
}

export interface Recipe {
  readonly blocks: readonly Block[];
  readonly files: Readonly<Record<string, string>>;
  readonly typed: readonly Typed[];
}

function blocksOf(markdown: string): readonly Block[] {
  return [...markdown.matchAll(/^( *)```(\w+)(?: (\S+))?\n([\s\S]*?)^\1```$/gm)].map(
    ([, indent = '', language = '', file, text = '']) => ({
      language,
      file,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

function typedIn({ text }: Block): Typed {
  const lines = text.trimEnd().split('\n');
  const commands = lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
  return { commands, shown: lines.filter((line) => !line.startsWith('$ ')) };
}

/** A section of a page of docs/recipes. Throws when the page has no such heading. */
export function recipeOf(page: string, heading: string): Recipe {
  const text = readFileSync(fileURLToPath(new URL(`../../docs/recipes/${page}.md`, import.meta.url)), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/recipes/${page}.md has no section "${heading}"`);
  const blocks = blocksOf(section);
  const files = blocks.flatMap(({ file, text: content }) => (file === undefined ? [] : [[file, content] as const]));
  const typed = blocks.filter(({ language }) => language === 'console').map(typedIn);
  return { blocks, files: Object.fromEntries(files), typed };
}

/** The lines of the page that the output lacks, in their order; … stands for anything, and a line of it for any lines. */
export function notShown(shown: readonly string[], output: string): readonly string[] {
  let rest = output.split('\n').map((line) => line.trimEnd());
  return shown.filter((line) => {
    if (line.trim() === '…') return false;
    const parts = line
      .trimEnd()
      .split('…')
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const at = rest.findIndex((printed) => new RegExp(`^${parts.join('.*')}$`).test(printed));
    if (at >= 0) rest = rest.slice(at + 1);
    return at < 0;
  });
}

export interface TypedEnd {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Types the commands in one shell that stops at the first that fails, as somebody who reads what is said does. */
export function typeIn(cwd: string, env: NodeJS.ProcessEnv, commands: readonly string[]): TypedEnd {
  const script = `set -e\nexec 2>&1\n${commands.join('\n')}\n`;
  const ended = spawnSync('bash', ['--norc', '-c', script], { cwd, env, encoding: 'utf8', timeout: 120_000 });
  return { exitCode: ended.status, output: ended.stdout };
}
