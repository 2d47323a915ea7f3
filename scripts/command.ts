/** What a command is, and the one place where arguments, refusals and bugs become output and an exit code. */
import { realpathSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { GitFailed } from './core/git-failed.ts';
import { exitCodes, hasErrorCode, messageOf, Refusal, type RefusalDetail } from './core/outcome.ts';
import { printable } from './core/printable.ts';

export type OptionSpecs = NonNullable<ParseArgsConfig['options']>;

/** One call of a command: its arguments, and the outside world that it may print to and read from. */
export interface Call {
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
  /** The repository to work on (from -C), absolute. */
  readonly directory: string;
  readonly json: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The text of --help: a usage line, what it does, exit codes, at least one example. */
  readonly usage: string;
  readonly options: OptionSpecs;
  /** How many arguments without a name it takes; none when left out. */
  readonly positionalsMax?: number;
  /** Returns the exit code. Throws a Refusal for what is expected to go wrong; anything else is a bug. */
  readonly run: (call: Call) => Promise<number>;
}

const commonOptions = {
  directory: { type: 'string', short: 'C' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies OptionSpecs;

/** The value of a string option, or undefined when it was not given. */
export function stringOption(call: Call, name: string): string | undefined {
  const value = call.values[name];
  return typeof value === 'string' ? value : undefined;
}

function usageRefusal(problem: string, name: string): Refusal {
  const remedy = `npx loopbreaker ${name} --help`;
  return new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy });
}

function existingDirectory(argument: string | undefined, name: string): string {
  const directory = path.resolve(argument ?? '.');
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw usageRefusal(`-C ${directory}: no such directory.`, name);
  }
  return directory;
}

/** An option that the command does not have, and the one that was probably meant; loads the spelling only then. */
async function optionRefusal(error: unknown, command: Command, options: OptionSpecs): Promise<Refusal> {
  const { nearestWord } = await import('./core/documents.ts');
  // Node goes on to explain how to pass arguments that begin with a dash; here there are none.
  const [said = ''] = messageOf(error).split(/\.? To specify/);
  const isUnknown = hasErrorCode(error, 'ERR_PARSE_ARGS_UNKNOWN_OPTION');
  const name = isUnknown ? /'--([^'=]+)/.exec(said)?.[1] : undefined;
  const guess = name === undefined ? undefined : nearestWord(name, Object.keys(options));
  return usageRefusal(`${said}${guess === undefined ? '.' : ` - did you mean --${guess}?`}`, command.name);
}

async function parse(command: Command, args: readonly string[]) {
  const options: OptionSpecs = { ...command.options, ...commonOptions };
  try {
    // pnpm hands the `--` of `pnpm run hold -- promote` on; npm does not.
    const given = args[0] === '--' ? args.slice(1) : [...args];
    return parseArgs({ args: given, options, allowPositionals: true });
  } catch (error) {
    if (hasErrorCode(error, 'ERR_PARSE_ARGS_UNKNOWN_OPTION', 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE')) {
      throw await optionRefusal(error, command, options);
    }
    throw error;
  }
}

function printRefusal(detail: RefusalDetail, json: boolean): void {
  if (json) {
    stdout().write(`${JSON.stringify({ ok: false, exitCode: detail.exitCode, refusal: detail })}\n`);
    return;
  }
  stderr().write(printable(`loopbreaker: ${detail.problem}\n  to mend it: ${detail.remedy}\n`));
}

/** What was thrown, as an expected refusal; null for a bug. A git that fails where it must not is try-later. */
export function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  if (!(error instanceof GitFailed)) return null;
  const remedy = 'run that git command by hand; git fsck and git status show what is wrong with the repository';
  return new Refusal({ code: 'git-failed', exitCode: exitCodes.tryLater, problem: `${error.message}.`, remedy });
}

function printBug(error: unknown, name: string): void {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  stderr().write(`loopbreaker ${name}: this is a bug in loopbreaker, not in your repository.\n${stack}\n`);
  stderr().write('  the journal of what happened before: <git dir>/loopbreaker/events.jsonl\n');
}

/** `npx loopbreaker status | head -1`, or a loop that died: nobody reads on, which is no reason to stop half-way. */
function tolerateClosedPipe(error: Error): void {
  if (!hasErrorCode(error, 'EPIPE')) throw error;
}

function tolerant(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  if (!stream.listeners('error').includes(tolerateClosedPipe)) stream.on('error', tolerateClosedPipe);
  return stream;
}

// Node makes a stream at its first use, which takes longer than much of what a hook does: so none is used unasked.
const stdout = (): NodeJS.WriteStream => tolerant(process.stdout);
const stderr = (): NodeJS.WriteStream => tolerant(process.stderr);

/** Writes a line to stderr without making a stream of it, unless it takes no more just now. */
export function sayAtOnce(call: Pick<Call, 'stderr'>, line: string): void {
  const bytes = Buffer.from(line);
  let written = 0;
  try {
    written = writeSync(2, bytes);
  } catch (error) {
    if (!hasErrorCode(error, 'EAGAIN', 'EPIPE')) throw error;
  }
  if (written < bytes.length) call.stderr.write(bytes.subarray(written));
}

/** Prints a help text in the width that every other output has; loads what lays it out only then. */
export async function printHelp(text: string, out: NodeJS.WriteStream): Promise<void> {
  const [{ helpText }, { styleFor }] = await Promise.all([import('./report/help.ts'), import('./report/terminal.ts')]);
  out.write(helpText(text, styleFor(out, process.env).width));
}

/** Runs a command with its arguments and returns the exit code; prints refusals and bugs, throws nothing. */
export async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  let json = args.includes('--json');
  try {
    const { values, positionals } = await parse(command, args);
    json = values.json === true;
    const extra = positionals[command.positionalsMax ?? 0];
    if (extra !== undefined) {
      throw usageRefusal(`${command.name} does not take the argument "${extra}".`, command.name);
    }
    if (values.help === true) {
      await printHelp(command.usage, stdout());
      return exitCodes.ok;
    }
    const directory = existingDirectory(
      typeof values.directory === 'string' ? values.directory : undefined,
      command.name,
    );
    return await command.run({
      values,
      positionals,
      directory,
      json,
      env: process.env,
      get stdin() {
        return process.stdin;
      },
      get stdout() {
        return stdout();
      },
      get stderr() {
        return stderr();
      },
    });
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal !== null) {
      printRefusal(refusal.detail, json);
      return refusal.detail.exitCode;
    }
    printBug(error, command.name);
    return exitCodes.bug;
  }
}

/** Ends with the code that the work ends with. Until then it is that of a bug: work that never ends is no success. */
export function exitWith(work: Promise<number>): void {
  process.exitCode = exitCodes.bug;
  void work.then((exitCode) => {
    process.exitCode = exitCode;
  });
}

/** Runs the command when its own file was started as the program (`node --import tsx scripts/loop.ts`). */
export function runIfMain(file: string, command: Command): void {
  const started = process.argv[1];
  if (started === undefined || realpathSync.native(started) !== realpathSync.native(file)) return;
  exitWith(runCommand(command, process.argv.slice(2)));
}
