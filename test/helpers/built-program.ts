/**
 * The program under test, built as it is packed: it starts in a quarter of the time that its sources need, and a test starts
 * it many times. It is built when any of its files has changed, and shared by all test files.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { buildProgram } from '../../scripts/build/program.ts';
import { hasErrorCode } from '../../scripts/core/outcome.ts';
import { home, type Program, programIn } from '../../scripts/effects/program.ts';

const cache = path.join(home, 'node_modules/.cache/loopbreaker-built');

/** What the built program is made of. */
const parts = ['scripts', 'policy/schema', 'package.json', 'package-lock.json', 'runtime-manifest.json'];

function filesBelow(name: string): readonly string[] {
  if (statSync(path.join(home, name)).isFile()) return [name];
  const names = readdirSync(path.join(home, name)).sort();
  return names.flatMap((each) => filesBelow(`${name}/${each}`));
}

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const name of parts.flatMap(filesBelow)) {
    hash
      .update(`${name}\0`)
      .update(readFileSync(path.join(home, name)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

async function build(folder: string): Promise<void> {
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(path.join(fresh, 'policy'), { recursive: true });
  await buildProgram(path.join(fresh, 'dist'));
  cpSync(path.join(home, 'policy/schema'), path.join(fresh, 'policy/schema'), { recursive: true });
  copyFileSync(path.join(home, 'package.json'), path.join(fresh, 'package.json'));
  try {
    renameSync(fresh, folder);
  } catch (error) {
    // Another test file was quicker, and built the same.
    if (!hasErrorCode(error, 'EEXIST', 'ENOTEMPTY')) throw error;
    rmSync(fresh, { recursive: true });
  }
}

/** An hour: what is older is of sources that nobody tests any more. */
const keptMs = 60 * 60 * 1000;

function removeOld(kept: string): void {
  for (const name of readdirSync(cache)) {
    const folder = path.join(cache, name);
    const stat = statSync(folder, { throwIfNoEntry: false });
    if (name !== kept && stat !== undefined && Date.now() - stat.mtimeMs > keptMs)
      rmSync(folder, { recursive: true, force: true });
  }
}

let built: Promise<Program> | undefined;

async function open(): Promise<Program> {
  const name = fingerprint();
  const folder = path.join(cache, name);
  mkdirSync(cache, { recursive: true });
  if (!existsSync(folder)) await build(folder);
  removeOld(name);
  return programIn(folder, true);
}

/** The built program of the files under test. */
export function builtProgram(): Promise<Program> {
  built ??= open();
  return built;
}

/** The file that node is to run, absolute, for any command of the built program. */
export async function builtCli(): Promise<string> {
  const { home: folder, commandFile } = await builtProgram();
  return path.join(folder, commandFile('cli'));
}
