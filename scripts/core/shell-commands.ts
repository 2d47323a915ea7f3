/** The simple commands of a shell line in their order, each with the directory in which it runs. */
import path from 'node:path';
import { type Command, forEachChild, type Word as ParsedWord, parse, type SyntaxNode } from 'unbash';
import { type Word, type WordOrigin, wordOf } from './shell-words.ts';

/** The directory in which a command runs. */
export interface Place {
  readonly origin: WordOrigin;
  /** From the origin; null after a `cd` to somewhere that cannot be read. */
  readonly directory: string | null;
  /** Whether a `cd` led here. */
  readonly moved: boolean;
}

export interface ShellCommand {
  /** The program and its arguments. */
  readonly words: readonly Word[];
  readonly assignments: readonly { readonly name: string; readonly value: Word }[];
  /** Files that the command's output is redirected to. */
  readonly writes: readonly Word[];
  readonly place: Place;
}

export interface ShellReading {
  readonly commands: readonly ShellCommand[];
  /** Paths whose existence the line itself tests before it goes on. */
  readonly tested: readonly { readonly word: Word; readonly place: Place }[];
  /** Folders that it goes into with `cd`, where it cannot go on without them. */
  readonly entered: readonly { readonly word: Word; readonly place: Place }[];
  /** Whether it is no POSIX shell, such as cmd.exe: nothing can be said about it. */
  readonly foreign: boolean;
}

const start: Place = { origin: 'place', directory: '.', moved: false };

/** `cd x` seen from a place. A place that cannot be followed is null and stays so. */
export function movedTo(place: Place, target: Word | undefined): Place {
  if (target === undefined || target.kind !== 'literal' || /^(\/|-|[A-Za-z]:)/.test(target.text)) {
    return { ...place, directory: null, moved: true };
  }
  if (target.origin === 'root') return { origin: 'root', directory: path.posix.normalize(target.text), moved: true };
  const directory = place.directory === null ? null : path.posix.join(place.directory, target.text);
  return { ...place, directory, moved: true };
}

/** cmd.exe has its own `if`, options that begin with a slash, and programs that no POSIX system has. */
const cmdSyntax = /\bif (not )?exist\b|(^|&\s*|\(\s*)(rmdir|del|rd|copy|xcopy|call) +(\/|[^|&;]* \/[a-z]\b)/i;

interface Walk {
  readonly commands: ShellCommand[];
  readonly tested: { readonly word: Word; readonly place: Place }[];
  readonly entered: { readonly word: Word; readonly place: Place }[];
  place: Place;
  /** Whether what is visited is run in any case, and its failure is the line's. */
  certain: boolean;
}

function visitCopy(walk: Walk, node: SyntaxNode): void {
  const before = walk.place;
  visit(walk, node);
  walk.place = before;
}

/** Visits what may be left out, or fail without harm. */
function visitUncertain(walk: Walk, node: SyntaxNode): void {
  const before = walk.certain;
  walk.certain = false;
  forEachChild(node, (child) => visit(walk, child));
  walk.certain = before;
}

/** What runs only perhaps: a `cd` in it leaves the place unknown. */
function visitPerhaps(walk: Walk, node: SyntaxNode): void {
  const before = walk.place;
  visitUncertain(walk, node);
  if (walk.place !== before) walk.place = { ...walk.place, directory: null };
}

/** In the background a shell of its own runs it; `cd x & y` is written for cmd.exe, where y then runs in x. */
function visitBackground(walk: Walk, node: SyntaxNode): void {
  visitCopy(walk, node);
  const isMove = node.type === 'Command' && node.name?.text === 'cd';
  if (isMove) walk.place = { ...walk.place, directory: null, moved: true };
}

function visitCommand(walk: Walk, command: Command): void {
  // Substitutions run before the command itself, each in a shell of its own.
  forEachChild(command, (child) => visitCopy(walk, child));
  const named = command.name === undefined ? [] : [command.name];
  const args = command.args.map((argument) => (argument.type === 'Word' ? wordOf(argument) : assignmentWord(argument)));
  const words = [...named.map(wordOf), ...args];
  const assignments = command.prefix.flatMap((one) =>
    one.type === 'Assignment' && one.value.type === 'Word' ? [{ name: one.name, value: wordOf(one.value) }] : [],
  );
  const writes = command.redirects.flatMap((one) =>
    one.type === 'Redirect' && one.operator.includes('>') && one.target !== undefined ? [wordOf(one.target)] : [],
  );
  walk.commands.push({ words, assignments, writes, place: walk.place });
  const [program, argument] = words;
  if (program?.text === 'cd' || program?.text === 'pushd') {
    if (walk.certain && argument !== undefined) walk.entered.push({ word: argument, place: walk.place });
    walk.place = movedTo(walk.place, argument);
  }
  if (program?.text === 'popd') walk.place = { ...walk.place, directory: null };
  if (program?.text === '[' || program?.text === 'test') {
    const operand = words[words.findIndex((word) => /^-[defhLrsx]$/.test(word.text)) + 1];
    if (operand !== undefined) walk.tested.push({ word: operand, place: walk.place });
  }
}

function assignmentWord({ text }: { readonly text: string }): Word {
  return { text, kind: /[$`*]/.test(text) ? 'dynamic' : 'literal', origin: 'place' };
}

function testedWord(walk: Walk, operator: string, operand: ParsedWord): void {
  if (/^-[defhLrsx]$/.test(operator)) walk.tested.push({ word: wordOf(operand), place: walk.place });
}

function visit(walk: Walk, node: SyntaxNode): void {
  switch (node.type) {
    case 'Command':
      visitCommand(walk, node);
      return;
    case 'Subshell':
    case 'Function':
    case 'CommandExpansion':
    case 'ProcessSubstitution':
      forEachChild(node, (child) => visitCopy(walk, child));
      return;
    case 'Pipeline':
      for (const command of node.commands) visitCopy(walk, command);
      return;
    case 'If':
    case 'For':
    case 'While':
    case 'Case':
      visitPerhaps(walk, node);
      return;
    case 'AndOr':
      if (!node.operators.includes('||')) break;
      visitUncertain(walk, node);
      return;
    case 'TestUnary':
      testedWord(walk, node.operator, node.operand);
      return;
    case 'Statement':
      if (node.background === true) visitBackground(walk, node.command);
      else visit(walk, node.command);
      return;
  }
  forEachChild(node, (child) => visit(walk, child));
}

/** Reads a line, or the whole text of a hook. What a POSIX shell could not read either is foreign. */
export function readShell(text: string, place: Place = start): ShellReading {
  const script = parse(text);
  const walk: Walk = { commands: [], tested: [], entered: [], place, certain: true };
  if ((script.errors ?? []).length > 0 || cmdSyntax.test(text))
    return { commands: [], tested: [], entered: [], foreign: true };
  visit(walk, script);
  return { commands: walk.commands, tested: walk.tested, entered: walk.entered, foreign: false };
}
