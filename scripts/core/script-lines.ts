/** What a line of package.json `scripts`, a hook or a lint-staged task runs, as far as its text says it. */
import { readShellCommand } from './script-commands.ts';
import { type Executable, executablesOf } from './script-executables.ts';
import { outputsOf, type ScriptOutput, unpacks } from './script-outputs.ts';
import { folderReading, merged, pathOf, type Reading, type ScriptTarget } from './script-reading.ts';
import { readShell } from './shell-commands.ts';

export type { ScriptOutput } from './script-outputs.ts';
export type { ScriptFolder, ScriptName, ScriptTarget } from './script-reading.ts';

export interface ScriptReading extends Reading {
  readonly outputs: readonly ScriptOutput[];
  /** What it gives the execute bit. */
  readonly executables: readonly Executable[];
  /** Whether it may take any file out of an archive. */
  readonly unpacks: boolean;
  /** Whether it is written for another shell, such as cmd.exe, so that nothing is claimed about it. */
  readonly foreign: boolean;
}

/** One line of text that is no command: a remark kept as a script. */
const remark = /^\s*(\/\/|=|-{2,})[^\n]*$/;

function withoutRepeats(targets: readonly ScriptTarget[]): readonly ScriptTarget[] {
  const byPath = new Map<string, ScriptTarget>();
  for (const target of targets) {
    const key = `${target.origin} ${target.taking} ${target.path}`;
    byPath.set(key, { ...target, direct: target.direct || byPath.get(key)?.direct === true });
  }
  return [...byPath.values()];
}

/**
 * What a line runs. Left out: files in node_modules and outside of the repository, files that the line itself writes,
 * and those whose existence it tests before it runs them.
 */
export function readScriptLine(text: string): ScriptReading {
  if (remark.test(text)) return { ...merged([]), outputs: [], executables: [], unpacks: false, foreign: false };
  const shell = readShell(text);
  const reading = merged(shell.commands.map((command) => readShellCommand(command)));
  const shells = [shell, ...reading.inner];
  const commands = shells.flatMap((one) => one.commands);
  const outputs = commands.flatMap(outputsOf);
  const tested = new Set(shells.flatMap((one) => one.tested).map(({ word, place }) => pathOf(word, place)));
  const written = new Set(outputs.filter((output) => output.kind !== 'compiled').map((output) => output.path));
  const isMade = (target: ScriptTarget): boolean => written.has(target.path);
  const targets = withoutRepeats(reading.targets).filter((target) => !tested.has(target.path));
  const entered = shells.flatMap((one) => one.entered.map(({ word, place }) => folderReading(word, place, 'cd')));
  return {
    targets: targets.filter((target) => !isMade(target)),
    folders: merged([reading, ...entered]).folders.filter(({ path }) => !tested.has(path) && !written.has(path)),
    names: reading.names,
    installs: reading.installs,
    inner: reading.inner,
    unknowable: [
      ...reading.unknowable,
      ...targets.filter(isMade).map((target) => `${target.path}, which the line itself writes`),
    ],
    outputs,
    executables: commands.flatMap(executablesOf),
    unpacks: commands.some(unpacks),
    foreign: shell.foreign,
  };
}
