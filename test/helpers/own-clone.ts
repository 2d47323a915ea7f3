/** This repository itself, as its developer has it: a clone with node_modules and husky's hooks installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment, makeRepository, type Repository } from './repository.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Owner {
  after(dispose: () => void): void;
}

/** How a git command with the real hooks ended. */
export interface GitEnd {
  readonly exitCode: number | null;
  readonly output: string;
}

/**
 * Copies the files of the repository under test as they are on disk, tests left out but those that package scripts name,
 * and leads to its node_modules.
 */
export function copyOwnFiles(directory: string): void {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const names = execFileSync('git', list, { cwd: root, env: cleanEnvironment(), encoding: 'utf8' }).split('\0');
  for (const name of names) {
    const from = path.join(root, name);
    const isLeftOut = name === '' || (name.startsWith('test/') && !name.includes('-fuzz.test.'));
    if (isLeftOut || statSync(from, { throwIfNoEntry: false })?.isFile() !== true) continue;
    const to = path.join(directory, name);
    mkdirSync(path.dirname(to), { recursive: true });
    copyFileSync(from, to);
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(directory, 'node_modules'));
}

/** The repository under test, committed. */
export function makeOwnClone(owner: Owner): Repository {
  const clone = makeRepository(owner);
  copyOwnFiles(clone.directory);
  // The pattern node_modules/ of .gitignore is for folders; here it is a link.
  appendFileSync(path.join(clone.directory, '.git/info/exclude'), 'node_modules\n');
  // husky's own .gitignore hides its generated files, which are tracked all the same.
  clone.git('add', '-f', '.husky/_');
  clone.commit('the repository under test');
  execFileSync('npx', ['husky'], { cwd: clone.directory, env: cleanEnvironment(), stdio: 'pipe' });
  return clone;
}

/** Runs git as a person does: with the hooks, and what they print. */
export function gitWithHooks(clone: Repository, ...args: readonly string[]): GitEnd {
  const ended = spawnSync('git', [...args], { cwd: clone.directory, env: cleanEnvironment(), encoding: 'utf8' });
  return { exitCode: ended.status, output: `${ended.stdout}${ended.stderr}` };
}
