/** Real git repositories in a temporary directory, cut off from the settings of the machine. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** What has an `after` hook: a test context of node:test. */
interface Owner {
  after(dispose: () => void): void;
}

const keptAway = /^(GIT_|LOOPBREAKER_|HUSKY$|CI$|NODE_TEST_CONTEXT$|NODE_EXTRA_CA_CERTS$|FORCE_COLOR$|NO_COLOR$)/;

/**
 * The environment without any variable of git, husky, CI or loopbreaker and without the user's git configuration. Certificates
 * are not told either: nothing here talks to a server, and reading them is most of the time in which a Node starts.
 */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || keptAway.test(name) ? [] : [[name, value]],
  );
  // Counted as no first shell, bash does not take a test's pipe for a network connection and run ~/.bashrc.
  const ours = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', SHLVL: '1' };
  return { ...Object.fromEntries(kept), ...ours, ...extra };
}

export interface Repository {
  readonly directory: string;
  /** Runs git and returns its stdout without the last newline; throws when git fails. */
  git(...args: readonly string[]): string;
  /** Writes files, making directories as needed; values are their text. */
  write(files: Readonly<Record<string, string>>): void;
  remove(...paths: readonly string[]): void;
  /** Stages everything and commits it; returns the sha. */
  commit(message?: string): string;
}

/** A temporary directory that is gone after the test. */
export function temporaryDirectory(owner: Owner): string {
  const directory = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'loopbreaker-test-')));
  owner.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

/** The repository at a directory that exists already. */
export function repositoryAt(directory: string): Repository {
  const git = (...args: readonly string[]): string => {
    const options = { cwd: directory, env: cleanEnvironment(), encoding: 'utf8', stdio: 'pipe' } as const;
    return execFileSync('git', [...args], options).replace(/\n$/, '');
  };
  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(directory, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  };
  const remove = (...paths: readonly string[]): void => {
    for (const name of paths) rmSync(path.join(directory, name), { recursive: true, force: true });
  };
  const commit = (message = 'a commit'): string => {
    git('add', '-A');
    git('commit', '-q', '--allow-empty', '-m', message);
    return git('rev-parse', 'HEAD');
  };
  return { directory, git, write, remove, commit };
}

function identify(repository: Repository): Repository {
  repository.git('config', 'user.name', 'A Test');
  repository.git('config', 'user.email', 'test@example.invalid');
  return repository;
}

/** A new repository on branch main with the files committed; without files it has no commit. */
export function makeRepository(
  owner: Owner,
  { files = {} }: { readonly files?: Readonly<Record<string, string>> } = {},
): Repository {
  const repository = repositoryAt(temporaryDirectory(owner));
  repository.git('init', '-q', '--initial-branch=main');
  identify(repository);
  repository.write(files);
  if (Object.keys(files).length > 0) repository.commit('the first commit');
  return repository;
}

/** A new bare repository; with `from`, it holds all branches of that one, which gets it as remote `origin`. */
export function makeBareRemote(owner: Owner, from?: Repository): Repository {
  const remote = repositoryAt(temporaryDirectory(owner));
  remote.git('init', '-q', '--bare', '--initial-branch=main');
  if (from !== undefined) {
    from.git('remote', 'add', 'origin', remote.directory);
    from.git('push', '-q', 'origin', '--all');
  }
  return remote;
}

/** A clone of a repository, with an identity of its own. */
export function cloneOf(owner: Owner, source: Repository): Repository {
  const directory = temporaryDirectory(owner);
  source.git('clone', '-q', source.directory, directory);
  return identify(repositoryAt(directory));
}
