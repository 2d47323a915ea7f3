/** The program under test: a throw-away copy of this one, compiled once so that hundreds of starts are cheap. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** A fault that is put into the copy: a text of one file, and what stands there instead. */
export interface Fault {
  readonly file: string;
  readonly text: string;
  readonly instead: string;
}

const home = fileURLToPath(new URL('../../', import.meta.url));

function put({ file, text, instead }: Fault, directory: string): void {
  const place = path.join(directory, file);
  const source = readFileSync(place, 'utf8');
  if (source.split(text).length !== 2) throw new Error(`${file} does not hold this text exactly once: ${text}`);
  writeFileSync(
    place,
    source.replace(text, () => instead),
  );
}

/** The compiler of this repository, which leaves the types out and nothing else. */
function compile(directory: string): void {
  const compiler = path.join(
    path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin/tsc',
  );
  const settings = { extends: './tsconfig.json', include: ['scripts'] };
  const compilerOptions = { noEmit: false, rewriteRelativeImportExtensions: true, noCheck: true, rootDir: '.' };
  writeFileSync(path.join(directory, 'tsconfig.crash.json'), JSON.stringify({ ...settings, compilerOptions }));
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.crash.json'], { cwd: directory, stdio: 'pipe' });
}

/** Copies the program into a folder, with its faults if any, and compiles it beside its sources. Returns its root. */
export function makeProgram(directory: string, faults: readonly Fault[] = []): string {
  mkdirSync(directory, { recursive: true });
  for (const name of ['scripts', 'policy', 'package.json', 'tsconfig.json']) {
    cpSync(path.join(home, name), path.join(directory, name), { recursive: true });
  }
  symlinkSync(path.join(home, 'node_modules'), path.join(directory, 'node_modules'));
  for (const fault of faults) put(fault, directory);
  compile(directory);
  return directory;
}
