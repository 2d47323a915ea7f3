/** What the lines of a repository say when they are read together. */
import path from 'node:path';
import type { Manifest } from '../core/manifest.ts';
import { readScriptLine, type ScriptReading, type ScriptTarget } from '../core/script-lines.ts';
import { isMaterial, isSample } from '../core/script-workspaces.ts';
import type { ScriptLine, ScriptSources, Standing } from './script-sources.ts';

/** A line and what it runs. */
export interface ReadLine {
  readonly line: ScriptLine;
  readonly reading: ScriptReading;
}

export interface ScriptFacts {
  readonly sources: ScriptSources;
  readonly lines: readonly ReadLine[];
  /** Whether the manifest declares that a build makes it. */
  readonly isGenerated: (file: string) => boolean;
  /** Hooks and what else has no package are ours, unless they lie among samples. */
  readonly standingOf: (line: ScriptLine) => Standing;
  /** Whether the package of a line has a script of that name. */
  readonly hasScript: (line: ScriptLine, name: string | undefined) => boolean;
}

/** The path of a target from the root of the repository. */
export function fileOf(line: ScriptLine, target: ScriptTarget): string {
  const file = target.origin === 'root' ? target.path : path.posix.join(line.directory, target.path);
  return file.length > 1 ? file.replace(/\/+$/, '') : file;
}

/** The longest path that a system opens, in bytes. */
const pathBytesMax = 4095;

/** No system has a file of that name, and neither git nor the disk can be asked about it. */
export function isNoPath(file: string): boolean {
  return file.includes('\0') || Buffer.byteLength(file) > pathBytesMax;
}

function readOne(line: ScriptLine): ReadLine {
  const reading = readScriptLine(line.text);
  const refused = reading.targets.filter((target) => isNoPath(fileOf(line, target)));
  const unknowable = [
    ...(line.unread === undefined ? [] : [line.unread]),
    ...reading.unknowable,
    ...refused.map(() => 'a path that no system can open'),
  ];
  const targets = reading.targets.filter((target) => !refused.includes(target));
  return { line, reading: { ...reading, targets, unknowable } };
}

/** Reads every line once. What cannot be a path is unknowable. */
export async function factsOf(sources: ScriptSources, generated: Manifest['generated']): Promise<ScriptFacts> {
  const patterns = generated.map((one) => one.path);
  const isGenerated =
    patterns.length === 0 ? () => false : (await import('picomatch')).default(patterns, { dot: true });
  return {
    sources,
    lines: sources.lines.map(readOne),
    isGenerated,
    standingOf: ({ directory }) =>
      sources.packages.get(directory)?.standing ?? (isSample(directory) || isMaterial(directory) ? 'sample' : 'member'),
    hasScript: ({ directory }, name) =>
      name !== undefined && sources.packages.get(directory)?.scripts.has(name) === true,
  };
}
