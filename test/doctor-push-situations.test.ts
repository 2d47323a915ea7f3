import assert from 'node:assert/strict';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { refusalOf } from '../scripts/command.ts';
import { exitCodes } from '../scripts/core/outcome.ts';
import { findGit } from '../scripts/effects/git.ts';
import { command } from '../scripts/hook.ts';
import { examine, manifestWith } from './helpers/project.ts';
import { cleanEnvironment, type Repository, temporaryDirectory } from './helpers/repository.ts';
import { type Owner, projectFor } from './helpers/situations.ts';

/** A push, what the hook answers to the lines that git writes for it, and what it says. */
interface Push {
  readonly name: string;
  readonly make: (project: Repository) => readonly string[];
  readonly exitCode: number;
  readonly says: RegExp;
}

const zero = '0'.repeat(40);
const lineOf = (sha: string, ref = 'refs/heads/main') => `${ref} ${sha} ${ref} ${zero}`;
const headOf = (project: Repository, name = 'HEAD') => project.git('rev-parse', name);

function withoutPrompt(project: Repository): string {
  project.git('rm', '-q', '--cached', 'PROMPT.md');
  project.git('commit', '-q', '-m', 'by mistake');
  project.git('add', 'PROMPT.md');
  return headOf(project);
}

const pushes: readonly Push[] = [
  {
    name: 'a good branch',
    make: (project) => [lineOf(headOf(project))],
    exitCode: 0,
    says: /main: 10 files of commit/,
  },
  {
    name: 'a commit without a file that disk and index have',
    make: (project) => [lineOf(withoutPrompt(project))],
    exitCode: 1,
    says: /PROMPT\.md is on disk but not in this commit/,
  },
  {
    name: 'a bad commit under a good one that mends it',
    make: (project) => {
      withoutPrompt(project);
      project.commit('mended');
      return [lineOf(headOf(project))];
    },
    exitCode: 0,
    says: /fit to run/,
  },
  {
    name: 'a deleted branch',
    make: (project) => [`(delete) ${zero} refs/heads/old ${headOf(project)}`],
    exitCode: 0,
    says: /refs\/heads\/old: skipped, it is deleted/,
  },
  {
    name: 'an annotated tag of a good commit',
    make: (project) => {
      project.git('tag', '-a', 'v1', '-m', 'one');
      return [lineOf(headOf(project, 'v1'), 'refs/tags/v1')];
    },
    exitCode: 0,
    says: /refs\/tags\/v1: 10 files/,
  },
  {
    name: 'an annotated tag of a bad commit',
    make: (project) => {
      withoutPrompt(project);
      project.git('tag', '-a', 'v1', '-m', 'one');
      return [lineOf(headOf(project, 'v1'), 'refs/tags/v1')];
    },
    exitCode: 1,
    says: /refs\/tags\/v1 is refused/,
  },
  {
    name: 'a tag of a tree',
    make: (project) => [lineOf(headOf(project, 'HEAD^{tree}'), 'refs/tags/a-tree')],
    exitCode: 0,
    says: /refs\/tags\/a-tree: skipped, it is no commit/,
  },
  {
    name: 'a commit older than the adoption',
    make: (project) => {
      const tree = project.git('mktree', '--missing');
      return [lineOf(project.git('commit-tree', '-m', 'old', tree))];
    },
    exitCode: 0,
    says: /from before runtime-manifest\.json was adopted/,
  },
  {
    name: 'a commit that removes the manifest',
    make: (project) => {
      project.git('rm', '-q', 'runtime-manifest.json');
      project.git('commit', '-q', '-m', 'no contract');
      return [lineOf(headOf(project))];
    },
    exitCode: 1,
    says: /has no runtime-manifest\.json, but commits before it have/,
  },
  {
    name: 'a good branch, a deleted one and a bad one at once',
    make: (project) => {
      const good = lineOf(headOf(project));
      return [good, `(delete) ${zero} refs/heads/old ${zero}`, lineOf(withoutPrompt(project), 'refs/heads/bad')];
    },
    exitCode: 1,
    says: /refs\/heads\/bad is refused/,
  },
  { name: 'nothing', make: () => [], exitCode: 0, says: /^$/ },
];

/** The hook in this process, with what git writes on its stdin and streams that are no terminal. */
async function prePush(project: Repository, lines: readonly string[], env = cleanEnvironment()) {
  const said: string[] = [];
  const stream = { write: (text: string) => said.push(text), isTTY: false, columns: 500 };
  const call: unknown = {
    values: {},
    positionals: ['pre-push'],
    directory: project.directory,
    json: false,
    env,
    stdin: Readable.from(lines.map((line) => `${line}\n`)),
    stdout: stream,
    stderr: stream,
  };
  // The streams are all that is not whole of it, and all that the hook does not need whole.
  const exitCode = await command.run(Object.assign(Object.create(null), call));
  return { exitCode, said: said.join('') };
}

for (const { name, make, exitCode, says } of pushes) {
  test(`when ${name} is pushed, pre-push answers ${exitCode} and says so`, async (t) => {
    const project = projectFor(t, { 'runtime-manifest.json': manifestWith({}) });
    rmSync(path.join(project.directory, '.git/hooks'), { recursive: true, force: true });
    const answer = await prePush(project, make(project));
    assert.equal(answer.exitCode, exitCode, answer.said);
    assert.match(answer.said, says);
  });
}

/** An environment whose git ends by a signal as soon as it is asked this. */
function killedGit(owner: Owner, question: string) {
  const env = cleanEnvironment();
  const folder = temporaryDirectory(owner);
  const script = `#!/bin/sh\ncase "$*" in *'${question}'*) kill -9 $$ ;; esac\nexec '${findGit(env, folder)}' "$@"\n`;
  writeFileSync(path.join(folder, 'git'), script);
  chmodSync(path.join(folder, 'git'), 0o755);
  return { ...env, PATH: `${folder}:${env.PATH}` };
}

const isTryLater = (error: unknown) => refusalOf(error)?.detail.exitCode === exitCodes.tryLater;

for (const question of ['cat-file -t', 'rev-parse --verify --end-of-options', 'ls-tree -r']) {
  test(`a git that is killed while it is asked "${question}" lets no push through`, async (t) => {
    const project = projectFor(t, { 'runtime-manifest.json': manifestWith({}) });
    const asked = prePush(project, [lineOf(withoutPrompt(project))], killedGit(t, question));
    await assert.rejects(asked, isTryLater);
  });
}

test('a git that is killed while it is asked for a revision has not said that there is none', async (t) => {
  const project = projectFor(t, { 'runtime-manifest.json': manifestWith({}) });
  await assert.rejects(examine(project, 'HEAD', [], killedGit(t, 'rev-parse --verify')), isTryLater);
});
