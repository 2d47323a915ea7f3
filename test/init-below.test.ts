/** init called in a package below the root: every command that it prints does there what it says. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { Refusal } from '../scripts/core/outcome.ts';
import type { InitReport } from '../scripts/report/init.ts';
import { adopt, commitAll, makeTeam, read, teamPackage, type } from './helpers/adopted.ts';
import { withHookTools } from './helpers/hook-tools.ts';
import type { Repository } from './helpers/repository.ts';

const below = 'packages/my app';

/** A team with a package below; the scripts are those of the root. */
function teamWithPackage(owner: TestContext, files: Readonly<Record<string, string>> = {}): Repository {
  return makeTeam(owner, { [`${below}/package.json`]: teamPackage(), ...files });
}

/** Where the person stands. */
function stand(team: Repository): Repository {
  return { ...team, directory: path.join(team.directory, below) };
}

function commandOf({ notes }: InitReport, words: string): string {
  return notes.find(({ text }) => text.includes(words))?.command ?? assert.fail(words);
}

async function remedyOf(adopting: Promise<unknown>): Promise<string> {
  const [ended] = await Promise.allSettled([adopting]);
  assert.ok(ended.status === 'rejected' && ended.reason instanceof Refusal, 'init has refused');
  return ended.reason.detail.remedy.replace(/^.*from Latin-1: |, then run init again$/g, '');
}

test('below the root the printed commands commit an adoption, remove what was edited since, and commit the removal', async (t) => {
  const team = teamWithPackage(t);
  const { next } = await adopt(team, { below });
  type(stand(team), (next[0] ?? '').replace('git commit', 'git -c core.hooksPath= commit'));
  assert.equal(team.git('status', '--porcelain'), '');
  team.write({ 'policy/breaker.json': '{ "sameSignatureMax": 2 }\n' });
  commitAll(team, 'ours');
  const removed = await adopt(team, { below, remove: true });
  type(stand(team), commandOf(removed, 'policy/breaker.json is not as init wrote it'));
  assert.equal(existsSync(path.join(team.directory, 'policy/breaker.json')), false);
  type(stand(team), (removed.next.at(-1) ?? '').replace('add --all', 'add --all ../../policy'));
  assert.equal(team.git('status', '--porcelain'), '');
});

test('below the root an edited hook file is removed, and hooks of git’s own folder are moved to the root, by what is printed', async (t) => {
  const team = teamWithPackage(t, { '.husky/loopbreaker': 'echo mine\n' });
  const rm = commandOf(await adopt(team, { below }), 'was edited and stays').replace('npx loopbreaker init', 'true');
  type(stand(team), rm);
  assert.equal(existsSync(path.join(team.directory, '.husky/loopbreaker')), false);
  const own = teamWithPackage(t);
  writeFileSync(path.join(own.directory, '.git/hooks/pre-push'), '#!/bin/sh\necho MINE\n', { mode: 0o755 });
  type(stand(own), commandOf(await adopt(own, { below }), 'which husky would switch off'));
  assert.match(read(own, '.husky/pre-push'), /MINE/);
  assert.equal(existsSync(path.join(stand(own).directory, '.husky')), false);
  const old = path.join(own.directory, '.git/hooks/pre-commit');
  writeFileSync(old, '#!/bin/sh\n# husky\n');
  type(stand(own), commandOf(await adopt(own, { below }), 'holds the hooks of husky 4'));
  assert.equal(existsSync(old), false);
});

test('below the root another tool and the package are installed where they belong, by what is printed', async (t) => {
  const yaml = 'pre-commit:\n  commands:\n    lint:\n      run: true\n';
  const team = teamWithPackage(t, { 'lefthook.yml': yaml });
  const report = await adopt(team, { below });
  const bin = withHookTools(team);
  // In the place of npm and npx: says where it was called.
  for (const name of ['npm', 'npx'])
    writeFileSync(path.join(bin, name), '#!/bin/sh\necho "$PWD" "$@"\n', { mode: 0o755 });
  const said = (command: string): string => type(stand(team), command, { PATH: `${bin}:${process.env.PATH}` });
  assert.match(said(commandOf(report, 'lefthook installs')), new RegExp(`^${team.directory} lefthook install`));
  const install = commandOf(report, 'is not installed in this repository');
  assert.match(said(install), new RegExp(`^${team.directory} install .*loopbreaker`));
  rmSync(path.join(team.directory, 'node_modules'), { recursive: true });
  team.write({ [`${below}/package.json`]: teamPackage({ devDependencies: { loopbreaker: '*' } }) });
  commitAll(team, 'the package has it');
  const own = commandOf(await adopt(team, { below, dryRun: true }), 'is not installed in this repository');
  assert.doesNotMatch(own, /^\(cd/, 'its own package is where the person stands');
});

test('below the root the remedies of a refusal can be typed too', async (t) => {
  const team = teamWithPackage(t, { policy: '', 'scripts/x': '' });
  type(stand(team), await remedyOf(adopt(team, { below })));
  mkdirSync(path.join(team.directory, 'policy'), { mode: 0o555 });
  type(stand(team), await remedyOf(adopt(team, { below })));
  writeFileSync(path.join(team.directory, '.gitignore'), Buffer.from('caf\xe9\n', 'latin1'));
  type(stand(team), await remedyOf(adopt(team, { below })));
  const lock = path.join(team.directory, '.git/index.lock');
  writeFileSync(lock, '');
  const add = await remedyOf(adopt(team, { below }));
  rmSync(lock);
  type(stand(team), add);
  assert.match(team.git('ls-files', '.husky/_'), /\.husky\/_\/h\b/);
  chmodSync(path.join(team.directory, 'policy'), 0o755);
});
