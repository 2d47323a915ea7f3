/** A team's repository, and init called in it: in this process, without the agents and the CI of this machine. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { initialise } from '../../scripts/init.ts';
import type { InitReport } from '../../scripts/report/init.ts';
import { cleanEnvironment, makeRepository, type Repository } from './repository.ts';

interface Owner {
  after(dispose: () => void): void;
}

/** The package.json of a small team, with more of its keys. */
export function teamPackage(keys: Readonly<Record<string, unknown>> = {}): string {
  const scripts = { start: 'node scripts/start.js', test: 'node --test' };
  return `${JSON.stringify({ name: 'team', private: true, type: 'module', scripts, ...keys }, null, 2)}\n`;
}

/** What every team has: a program that imports another one, and a .gitignore. */
export const teamFiles: Readonly<Record<string, string>> = {
  'package.json': teamPackage(),
  '.gitignore': 'node_modules\n/loop/tmp-wt/\n',
  'scripts/start.js': "import './lib.js';\n",
  'scripts/lib.js': 'export const lib = 1;\n',
};

/** The repository of a team, with files replaced or added. */
export function makeTeam(owner: Owner, files: Readonly<Record<string, string>> = {}): Repository {
  return makeRepository(owner, { files: { ...teamFiles, ...files } });
}

/** For git, in front of its command. */
export const noHooks = ['-c', 'core.hooksPath=/dev/null'] as const;

/** Commits all that is there, without the hooks. */
export function commitAll(team: Repository, message: string): void {
  team.git('add', '-A');
  team.git(...noHooks, 'commit', '-q', '-m', message);
}

/** A PATH with git, a shell and node, and none of the agents. */
const plainPath = `${process.execPath.replace(/\/node$/, '')}:/usr/local/bin:/usr/bin:/bin`;

/** init in a folder of it. */
export async function adopt(
  repository: Repository,
  how: Partial<Record<'dryRun' | 'remove', boolean> & Record<'below' | 'path' | 'husky', string>> = {},
): Promise<InitReport & { readonly diff: string | null }> {
  const { below = '.', path: bin = plainPath, husky, ...options } = how;
  const env = cleanEnvironment({ PATH: bin, ...(husky === undefined ? {} : { HUSKY: husky }) });
  const { report, diff } = await initialise({ directory: `${repository.directory}/${below}`, env, ...options });
  return { ...report, diff };
}

/** The warnings of a report, without "not installed", which is true of every repository here. */
export function warningsOf({ notes }: InitReport): readonly string[] {
  return notes.flatMap(({ kind, text }) => (kind === 'warning' && !text.includes('is not installed') ? [text] : []));
}

/** The text of a file of the work tree. */
export function read({ directory }: Repository, name: string): string {
  return readFileSync(path.join(directory, name), 'utf8');
}

/** What a JSON file of the work tree says. */
// biome-ignore lint/suspicious/noExplicitAny: the tests look into files of many shapes, and a wrong one fails them.
export function json(repository: Repository, name: string): any {
  return JSON.parse(read(repository, name));
}

/** Types a command as a person does; returns what was printed. */
export function type({ directory }: Repository, command: string, env: Readonly<Record<string, string>> = {}): string {
  const ended = spawnSync('sh', ['-c', command], { cwd: directory, env: cleanEnvironment(env), encoding: 'utf8' });
  assert.equal(ended.status, 0, `${command}: ${ended.stdout}${ended.stderr}`);
  return ended.stdout + ended.stderr;
}

/** A program that says what it is asked and what it is given, and passes. */
export const speaking = `let text = '';
process.stdin.on('data', (chunk) => { text += chunk; }).on('end', () => {
  console.log('PROGRAM', ...process.argv.slice(2), /^refs\\/heads\\/\\S+ [0-9a-f]{40} /m.test(text) ? 'with refs' : '');
});
if (process.argv[3] !== 'pre-push') process.stdin.destroy();
if (process.argv[3] !== 'pre-push') console.log('PROGRAM', ...process.argv.slice(2));
`;
