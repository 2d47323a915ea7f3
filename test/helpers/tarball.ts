/**
 * The package as a team gets it: packed by npm from the files under test, installed by npm in an empty folder. Both are
 * done once for all tests of a file; npm takes the three packages beside ours from its cache, or from the registry.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { copyOwnFiles } from './own-clone.ts';
import { cleanEnvironment, type Repository } from './repository.ts';

export interface Tarball {
  /** The file, absolute. */
  readonly file: string;
  /** What it holds: paths inside of the package. */
  readonly files: readonly string[];
  readonly unpackedBytes: number;
  /** A folder where it is installed: package.json, package-lock.json, node_modules. */
  readonly installed: string;
}

/** How a program ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const quiet = { HUSKY: '0', npm_config_update_notifier: 'false', npm_config_loglevel: 'error' };
/** npm alone may talk to a server, behind a proxy of the user's. */
const certificates = { NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS ?? '' };

function npm(cwd: string, ...args: readonly string[]): string {
  return execFileSync('npm', [...args], {
    cwd,
    env: cleanEnvironment({ ...quiet, ...certificates }),
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

function packAndInstall(): Tarball {
  const directory = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'loopbreaker-tarball-')));
  // Not a hook of node:test: the first test to ask is not the last.
  process.once('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  const [sources, installed] = [path.join(directory, 'sources'), path.join(directory, 'installed')];
  for (const folder of [sources, installed]) mkdirSync(folder);
  copyOwnFiles(sources);
  const told = npm(sources, 'pack', '--json', '--foreground-scripts=false', '--pack-destination', directory);
  const [packed]: readonly { filename: string; unpackedSize: number; files: { path: string }[] }[] = JSON.parse(told);
  if (packed === undefined) throw new Error(`npm pack told nothing: ${told}`);
  const file = path.join(directory, packed.filename);
  writeFileSync(path.join(installed, 'package.json'), '{ "name": "a-team", "private": true, "type": "module" }\n');
  npm(installed, 'install', '--save-dev', '--prefer-offline', '--no-audit', '--no-fund', file);
  return { file, installed, files: packed.files.map((one) => one.path), unpackedBytes: packed.unpackedSize };
}

let packed: Tarball | undefined;

/** The package of this repository, packed and installed at the first call. Throws with npm's words when it cannot be. */
export function tarball(): Tarball {
  packed ??= packAndInstall();
  return packed;
}

/** Installs the package in a repository: package.json, the lockfile and node_modules, which git is told to ignore. */
export function installPackage(repository: Repository): void {
  const { installed } = tarball();
  for (const name of ['package.json', 'package-lock.json', 'node_modules']) {
    cpSync(path.join(installed, name), path.join(repository.directory, name), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  repository.write({ '.gitignore': 'node_modules/\n' });
}

/** Runs the installed program in a repository as npx does: by the link below node_modules/.bin. */
export function npxLoopbreaker(
  { directory }: Repository,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Ended {
  const program = path.join(directory, 'node_modules/.bin/loopbreaker');
  const ended = spawnSync(program, [...args], { cwd: directory, env: cleanEnvironment(env), encoding: 'utf8' });
  return { exitCode: ended.status, stdout: ended.stdout, stderr: ended.stderr };
}
