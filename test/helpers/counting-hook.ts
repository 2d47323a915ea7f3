/** The pre-commit hook of the built program, and which git commands it starts. */
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findGit } from '../../scripts/effects/git.ts';
import { builtCli } from './built-program.ts';
import { cleanEnvironment, type Repository, temporaryDirectory } from './repository.ts';

const cli = await builtCli();

export interface Counted {
  readonly exitCode: number | null;
  readonly output: string;
  /** The git commands that were started, such as `ls-files -v -s -z`. */
  readonly calls: readonly string[];
  /** Whether the doctor was asked: it needs a listing. */
  readonly examined: boolean;
}

/**
 * Runs the pre-commit hook with a git on PATH that counts how often it is started. `meanwhile` are lines of shell before
 * each call, where $git is the real one and $* the arguments.
 */
export function countingHook(
  owner: Parameters<typeof temporaryDirectory>[0],
  project: Repository,
  meanwhile = '',
): (extra?: Readonly<Record<string, string>>) => Counted {
  const shim = temporaryDirectory(owner);
  const log = path.join(shim, 'log');
  const real = findGit(cleanEnvironment(), project.directory);
  writeFileSync(
    path.join(shim, 'git'),
    `#!/bin/sh\ngit='${real}'\necho "$*" >> '${log}'\n${meanwhile}\nexec "$git" "$@"\n`,
  );
  chmodSync(path.join(shim, 'git'), 0o755);
  return (extra = {}) => {
    const env = cleanEnvironment({ ...extra, PATH: `${shim}${path.delimiter}${process.env.PATH ?? ''}` });
    writeFileSync(log, '');
    const argv = [cli, 'hook', 'pre-commit'];
    const ended = spawnSync(process.execPath, argv, { cwd: project.directory, env, encoding: 'utf8' });
    const lines = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    const calls = lines.map((line) => line.replace(/^(-c \S+ )+/, ''));
    const examined = calls.some((call) => call.startsWith('ls-files'));
    return { exitCode: ended.status, output: ended.stderr, calls, examined };
  };
}
