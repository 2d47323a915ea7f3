/** The program under test: a throw-away copy of this one, built once so that hundreds of starts are cheap. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { home } from '../effects/program.ts';

/** A fault that is put into the copy: a text of one file, and what stands there instead. */
export interface Fault {
  readonly file: string;
  readonly text: string;
  readonly instead: string;
}

function put({ file, text, instead }: Fault, directory: string): void {
  const place = path.join(directory, file);
  const source = readFileSync(place, 'utf8');
  if (source.split(text).length !== 2) throw new Error(`${file} does not hold this text exactly once: ${text}`);
  writeFileSync(
    place,
    source.replace(text, () => instead),
  );
}

/** Copies the program into a folder, with its faults if any, and builds it there as it is packed. Returns its home. */
export function makeProgram(directory: string, faults: readonly Fault[] = []): string {
  mkdirSync(directory, { recursive: true });
  for (const name of ['scripts', 'policy', 'package.json', 'runtime-manifest.json']) {
    cpSync(path.join(home, name), path.join(directory, name), { recursive: true });
  }
  symlinkSync(path.join(home, 'node_modules'), path.join(directory, 'node_modules'));
  for (const fault of faults) put(fault, directory);
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], { cwd: directory, stdio: 'pipe' });
  return directory;
}
