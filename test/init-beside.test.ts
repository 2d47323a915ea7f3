/** Where init lets QA run: beside the checkout, when that can be and wins something. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { clearDead } from '../scripts/hygiene.ts';
import { adopt, commitAll, makeTeam } from './helpers/adopted.ts';
import { ended, recordOf, self, workspaceOf } from './helpers/dead-runs.ts';
import { type Repository, repositoryAt, temporaryDirectory } from './helpers/repository.ts';

interface Owner {
  after(dispose: () => void): void;
}

/** A team's clone in a folder of a person's own, called `app`. */
function teamIn(owner: Owner, home = temporaryDirectory(owner), name = 'app'): Repository {
  const team = makeTeam(owner, { '.gitignore': 'dist\n' });
  const directory = path.join(home, name);
  team.git('clone', '-q', team.directory, directory);
  const clone = repositoryAt(directory);
  clone.git('config', 'user.name', 'A Test');
  clone.git('config', 'user.email', 'test@example.invalid');
  return clone;
}

const textOf = ({ directory }: Repository, file: string): string => readFileSync(path.join(directory, file), 'utf8');

const placeOf = (team: Repository): unknown => JSON.parse(textOf(team, 'policy/promote.json')).worktreeDirectory;

test('init lets QA run in a folder beside the checkout, says so once, and needs no line in .gitignore for it', async (t) => {
  const team = teamIn(t);
  const { notes } = await adopt(team);
  assert.equal(placeOf(team), '../app-loopbreaker');
  assert.equal(notes.filter(({ text }) => text.startsWith('QA runs in ../app-loopbreaker')).length, 1);
  assert.equal(textOf(team, '.gitignore'), 'dist\n# loopbreaker\nnode_modules\n');
  assert.ok(!existsSync(`${team.directory}-loopbreaker`), 'init itself makes nothing there');
  commitAll(team, 'adopt');
  assert.equal((await adopt(team)).did, 'nothing');
});

const inside: Readonly<Record<string, (home: string, team: Repository) => void>> = {
  'packages lie further up': (home) => void mkdirSync(path.join(home, 'node_modules')),
  'it lies in another git work tree': (home) => writeFileSync(path.join(home, '.git'), 'gitdir: elsewhere\n'),
  'anybody may write beside it': (home) => chmodSync(home, 0o1777),
  'somebody has a folder of that name': (home) => void mkdirSync(path.join(home, 'app-loopbreaker')),
};

for (const [why, make] of Object.entries(inside)) {
  test(`QA runs in the checkout when ${why}`, async (t) => {
    const home = temporaryDirectory(t);
    const team = teamIn(t, home);
    make(home, team);
    const { notes } = await adopt(team);
    assert.match(notes.map(({ text }) => text).join('\n'), /^QA runs in loop\/tmp-wt, inside of the checkout: \S/m);
    assert.equal(placeOf(team), undefined);
    assert.equal(textOf(team, '.gitignore'), 'dist\n# loopbreaker\nnode_modules\n/loop/tmp-wt/\n');
    assert.equal((await adopt(team)).did, 'nothing');
  });
}

test('in a linked worktree the folder is called after the main one, since all have one policy', async (t) => {
  const team = teamIn(t);
  const linked = `${team.directory}-feature`;
  team.git('worktree', 'add', '-q', '-b', 'feature', linked);
  await adopt(repositoryAt(linked));
  assert.equal(placeOf(repositoryAt(linked)), '../app-loopbreaker');
});

test('what init wrote goes again, here and in a clone of another name that noted nothing', async (t) => {
  const home = temporaryDirectory(t);
  const team = teamIn(t, home);
  const before = team.git('rev-parse', 'HEAD^{tree}');
  await adopt(team);
  commitAll(team, 'adopt');
  const copy = path.join(home, 'another');
  team.git('clone', '-q', team.directory, copy);
  const { notes } = await adopt(repositoryAt(copy), { remove: true });
  assert.deepEqual(
    notes.flatMap(({ text }) => (text.includes('is not as init wrote it') ? [text] : [])),
    [],
  );
  assert.equal((await adopt(team, { remove: true })).did, 'removed');
  commitAll(team, 'take it out');
  assert.equal(team.git('diff', '--stat', before, 'HEAD^{tree}'), '');
});

test('init --remove takes no policy away while a worktree of a run is left, and does once the told command has cleared it away', async (t) => {
  const team = teamIn(t);
  await adopt(team);
  commitAll(team, 'adopt');
  const beside = `${team.directory}-loopbreaker`;
  const { checkouts } = await workspaceOf(team);
  const { branch, sha, since } = recordOf(team, self);
  const reason = checkouts.prepare('run-000000000001', { branch, sha }, sha, since);
  const file = path.join(beside, 'run-000000000001/owner.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), owner: ended }));
  team.git('worktree', 'add', '-q', '--detach', '--lock', '--reason', reason, path.join(path.dirname(file), 'tree'));
  const { notes } = await adopt(team, { remove: true, dryRun: true });
  const told = notes.find(({ text }) => text === `Worktrees of runs are left in ${beside}:`);
  assert.equal(told?.command, 'npx loopbreaker worktrees --clean');
  const refusal = /Worktrees of runs are left in .* so nothing was changed/;
  await assert.rejects(adopt(team, { remove: true }), refusal);
  assert.equal(team.git('status', '--porcelain'), '');
  await clearDead(await workspaceOf(team));
  assert.ok(!existsSync(beside));
  assert.equal((await adopt(team, { remove: true })).did, 'removed');
});
