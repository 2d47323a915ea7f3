/** Strategies merge, squash and rebase against real git: what lands, as what, and never twice. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { assertNothingLeft, commitFile, movesOfMain, told } from './helpers/sandbox.ts';
import { promote, pushFile, strategySandbox } from './helpers/strategies.ts';

const strategies = ['merge', 'squash', 'rebase'] as const;

/** A gate that writes down which commit it judged. */
const noting = [{ name: 'note', command: ['sh', '-c', 'git rev-parse HEAD >> "$SANDBOX/tested"'], timeoutSeconds: 60 }];

const testedIn = (sandbox: Sandbox): readonly string[] => {
  const file = path.join(sandbox.directory, 'tested');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
};

const landedMessages = (sandbox: Sandbox, from: string) => sandbox.remoteGit('log', '--format=%s', `${from}..main`);

for (const strategy of strategies) {
  test(`${strategy} lands exactly the commit that was tested on a target that had moved, and never twice`, async (t) => {
    const sandbox = await strategySandbox(t, strategy, { qa: noting });
    await commitFile(sandbox, 'one.txt', 'one\n');
    const head = await commitFile(sandbox, 'two.txt', 'two\n');
    const other = await pushFile(sandbox, 'other.txt', 'other\n');
    const before = await movesOfMain(sandbox);
    const first = await promote(sandbox);
    assert.equal(first.report.outcome, 'promoted', told(first));
    const main = await sandbox.remoteGit('rev-parse', 'main');
    assert.equal(first.report.candidate, main);
    assert.deepEqual(testedIn(sandbox), [main], 'the gate judged the very commit that landed');
    const names = (await sandbox.remoteGit('ls-tree', '--name-only', 'main')).split('\n');
    for (const name of ['one.txt', 'two.txt', 'other.txt']) assert.ok(names.includes(name), name);
    assert.match(
      await sandbox.remoteGit('log', '-1', '--format=%(trailers)', 'main'),
      new RegExp(`Loopbreaker-Source: ${head}`),
    );
    assert.equal(await sandbox.git('rev-parse', 'agent/work'), head, 'the branch itself is as it was');
    const parents = (await sandbox.remoteGit('log', '-1', '--format=%P', 'main')).split(' ');
    if (strategy === 'merge') assert.deepEqual(parents, [other, head]);
    if (strategy === 'squash') assert.deepEqual(parents, [other]);
    if (strategy === 'rebase') assert.equal(await landedMessages(sandbox, other), 'change two.txt\nchange one.txt');
    const second = await promote(sandbox);
    assert.equal(second.report.outcome, 'already-promoted', told(second));
    assert.equal(second.report.candidate, strategy === 'merge' ? head : main);
    assert.equal((await movesOfMain(sandbox)) - before, 1);
    await assertNothingLeft(sandbox);
    const later = await pushFile(sandbox, 'two.txt', 'changed since\n');
    const third = await promote(sandbox);
    assert.equal(third.report.outcome, 'already-promoted', told(third));
    assert.equal(third.report.candidate, strategy === 'merge' ? head : main, 'it says as which commit');
    assert.equal(await sandbox.remoteGit('rev-parse', 'main'), later, 'what the target made of it since then stays');
  });

  test(`${strategy} takes what the branch adds and nothing older, whatever the dates of the commits say`, async (t) => {
    const sandbox = await strategySandbox(t, strategy);
    // The first commit is of today, all later ones are older: git walks by dates, and gives up after five of them.
    for (const name of ['GIT_AUTHOR_DATE', 'GIT_COMMITTER_DATE']) sandbox.env[name] = '2001-01-01T00:00:00Z';
    await sandbox.git('commit', '--quiet', '--allow-empty', '--message=of another clock');
    await sandbox.git('push', '--quiet', 'origin', 'HEAD:main');
    const head = await commitFile(sandbox, 'work.txt', 'work\n');
    for (const name of 'abcdefgh') await pushFile(sandbox, `${name}.txt`, 'other\n');
    const main = await sandbox.remoteGit('rev-parse', 'main');
    const end = await promote(sandbox);
    assert.equal(end.report.outcome, 'promoted', told(end));
    const landed = await sandbox.remoteGit('log', '-1', '--format=%B', 'main');
    assert.doesNotMatch(landed, /adopt loopbreaker/);
    const merged = strategy === 'merge' ? `${main} ${head}` : main;
    assert.equal(await sandbox.remoteGit('log', '-1', '--format=%P', 'main'), merged);
  });

  test(`${strategy} makes the same candidate on every run, whoever and whenever it is`, async (t) => {
    const sandbox = await strategySandbox(t, strategy);
    await commitFile(sandbox, 'broken.txt', 'red\n');
    await pushFile(sandbox, 'other.txt', 'other\n');
    const first = await promote(sandbox);
    assert.equal(first.report.failure?.rule, 'qa-red', told(first));
    await sandbox.loopbreaker('clear', 'agent/work', '--why', 'again');
    sandbox.env.GIT_COMMITTER_NAME = 'Another';
    sandbox.env.GIT_AUTHOR_NAME = 'Another';
    sandbox.env.GIT_COMMITTER_DATE = '2001-01-01T00:00:00Z';
    const second = await promote(sandbox);
    assert.notEqual(first.report.candidate, null);
    assert.equal(second.report.candidate, first.report.candidate);
  });

  test(`${strategy} integrates and tests again when the target moves while the gate runs`, async (t) => {
    const move =
      '[ -e "$SANDBOX/once" ] || { touch "$SANDBOX/once"; git --git-dir="$SANDBOX/remote.git" update-ref refs/heads/main "$(cat "$SANDBOX/moved")"; }';
    const sandbox = await strategySandbox(t, strategy, { prepare: [['sh', '-c', move]], qa: noting });
    await commitFile(sandbox, 'work.txt', 'work\n');
    const first = await pushFile(sandbox, 'other.txt', 'other\n');
    const moved = await pushFile(sandbox, 'third.txt', 'third\n');
    writeFileSync(path.join(sandbox.directory, 'moved'), moved);
    await sandbox.remoteGit('update-ref', 'refs/heads/main', first);
    const end = await promote(sandbox);
    assert.equal(end.report.outcome, 'promoted', told(end));
    const main = await sandbox.remoteGit('rev-parse', 'main');
    assert.equal(testedIn(sandbox).length, 2, 'both candidates were tested');
    assert.equal(testedIn(sandbox).at(-1), main);
    await sandbox.remoteGit('merge-base', '--is-ancestor', moved, 'main');
    await assertNothingLeft(sandbox);
  });

  test(`${strategy}: a conflict blocks with the paths and how to integrate, and a target that moves re-arms it`, async (t) => {
    const sandbox = await strategySandbox(t, strategy);
    await commitFile(sandbox, 'same.txt', 'ours\n');
    const other = await pushFile(sandbox, 'same.txt', 'theirs\n');
    const blocked = await promote(sandbox);
    assert.equal(blocked.exitCode, 1, told(blocked));
    assert.equal(blocked.report.failure?.rule, 'merge-conflict');
    assert.match(blocked.report.failure?.problem ?? '', /same\.txt/);
    assert.match(
      blocked.report.failure?.remedy ?? '',
      strategy === 'rebase' ? /git rebase origin\/main/ : /git merge origin\/main/,
    );
    assert.equal(await sandbox.remoteGit('rev-parse', 'main'), other);
    await pushFile(sandbox, 'same.txt', 'ours\n');
    const landed = await promote(sandbox);
    assert.match(landed.report.outcome, /promoted/, told(landed));
  });
}

for (const strategy of ['squash', 'rebase'] as const) {
  test(`${strategy}: a branch that goes on after it landed lands its new commits only, even on the same lines`, async (t) => {
    const sandbox = await strategySandbox(t, strategy);
    await commitFile(sandbox, 'work.txt', 'first\n');
    await commitFile(sandbox, 'work.txt', 'second\n');
    assert.equal((await promote(sandbox)).report.outcome, 'promoted');
    const between = await pushFile(sandbox, 'other.txt', 'other\n');
    await commitFile(sandbox, 'work.txt', 'third\n');
    const head = await commitFile(sandbox, 'more.txt', 'more\n');
    const again = await promote(sandbox);
    assert.equal(again.report.outcome, 'promoted', told(again));
    assert.equal(await sandbox.remoteGit('show', 'main:work.txt'), 'third');
    const messages = await sandbox.remoteGit('log', '--format=%B', `${between}..main`);
    assert.match(messages, /change more\.txt/);
    assert.equal(messages.match(/change work\.txt/g)?.length, 1, messages);
    assert.match(messages, new RegExp(`Loopbreaker-Source: ${head}`));
  });
}

test('rebase: commits that somebody landed by hand are not landed again, and all of them together are "landed"', async (t) => {
  const sandbox = await strategySandbox(t, 'rebase');
  const one = await commitFile(sandbox, 'one.txt', 'one\n');
  await pushFile(sandbox, 'other.txt', 'other\n');
  await sandbox.git('fetch', '--quiet', 'origin');
  const pick = async (sha: string) => {
    await sandbox.git('switch', '--quiet', '--detach', 'origin/main');
    await sandbox.git('cherry-pick', sha);
    await sandbox.git('push', '--quiet', 'origin', 'HEAD:main');
    await sandbox.git('switch', '--quiet', 'agent/work');
  };
  await pick(one);
  await pushFile(sandbox, 'one.txt', 'changed since\n');
  const landed = await promote(sandbox);
  assert.equal(landed.report.outcome, 'already-promoted', told(landed));
  const merge = landed.report.phases.find(({ name }) => name === 'merge');
  assert.equal(merge?.ran, false, 'the patches alone told that it landed');
  const before = await sandbox.remoteGit('rev-parse', 'main');
  await commitFile(sandbox, 'two.txt', 'two\n');
  const second = await promote(sandbox);
  assert.equal(second.report.outcome, 'promoted', told(second));
  assert.equal(await landedMessages(sandbox, before), 'change two.txt');
});

test('squash keeps the message of a single commit, and names every author of several', async (t) => {
  const sandbox = await strategySandbox(t, 'squash');
  writeFileSync(path.join(sandbox.clone, 'one.txt'), 'one\n');
  await sandbox.git('add', 'one.txt');
  await sandbox.git(
    'commit',
    '--quiet',
    '--message=fix: one',
    '--message=why it was',
    '--message=Signed-off-by: A <a@example.invalid>',
  );
  assert.equal((await promote(sandbox)).report.outcome, 'promoted');
  const message = await sandbox.remoteGit('log', '-1', '--format=%B', 'main');
  assert.match(
    message,
    /^fix: one\n\nwhy it was\n\nSigned-off-by: A <a@example\.invalid>\nLoopbreaker-Source: [0-9a-f]{40}\n*$/,
  );
  writeFileSync(path.join(sandbox.clone, 'two.txt'), 'two\n');
  await sandbox.git('add', 'two.txt');
  await sandbox.git('commit', '--quiet', '--message=two', '--author=B <b@example.invalid>');
  await commitFile(sandbox, 'three.txt', 'three\n');
  assert.equal((await promote(sandbox)).report.outcome, 'promoted');
  const several = await sandbox.remoteGit('log', '-1', '--format=%B', 'main');
  assert.match(
    several,
    /^agent\/work: change three\.txt\n\n\* two\n\* change three\.txt\n\nCo-authored-by: B <b@example\.invalid>\nLoopbreaker-Source: /,
  );
});

test('a branch whose changes the target has already, by other commits, is told as landed and pushes nothing', async (t) => {
  const sandbox = await strategySandbox(t, 'squash');
  await commitFile(sandbox, 'same.txt', 'same\n');
  const main = await pushFile(sandbox, 'same.txt', 'same\n');
  const end = await promote(sandbox);
  assert.equal(end.report.outcome, 'already-promoted', told(end));
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), main);
  await assertNothingLeft(sandbox);
});

test('a merge obeys the attributes of the target and not those of the user’s checkout', async (t) => {
  const sandbox = await strategySandbox(t, 'merge');
  await pushFile(sandbox, 'notes.txt', 'start\n');
  await pushFile(sandbox, '.gitattributes', 'notes.txt merge=union\n');
  await sandbox.git('pull', '--quiet', '--ff-only', 'origin', 'main');
  await commitFile(sandbox, 'notes.txt', 'start\nours\n');
  await pushFile(sandbox, 'notes.txt', 'start\ntheirs\n');
  writeFileSync(path.join(sandbox.clone, '.gitattributes'), 'notes.txt -merge\n');
  const end = await promote(sandbox);
  assert.equal(end.report.outcome, 'promoted', told(end));
  const notes = await sandbox.remoteGit('show', 'main:notes.txt');
  assert.ok(notes.includes('ours') && notes.includes('theirs'), notes);
});

test('a merge that git calls clean but that loses an imported file is refused by the doctor on the candidate', async (t) => {
  const sandbox = await strategySandbox(t, 'merge');
  await sandbox.git('switch', '--quiet', '--detach', 'main');
  const part = path.join(path.dirname(sandbox.program.commandFile('loop')), 'part.cjs');
  writeFileSync(path.join(sandbox.clone, part), 'module.exports = 1;\n');
  await sandbox.git('add', part);
  await sandbox.git('commit', '--quiet', '--message=part');
  await sandbox.git('push', '--quiet', 'origin', 'HEAD:main');
  await sandbox.git('switch', '--quiet', '--force-create', 'agent/work');
  appendFileSync(path.join(sandbox.clone, sandbox.program.commandFile('loop')), "require('./part.cjs');\n");
  await sandbox.git('commit', '--quiet', '--all', '--message=use part');
  await sandbox.git('switch', '--quiet', '--detach', 'HEAD~1');
  await sandbox.git('rm', '--quiet', part);
  await sandbox.git('commit', '--quiet', '--message=no part');
  await sandbox.git('push', '--quiet', 'origin', 'HEAD:main');
  await sandbox.git('switch', '--quiet', 'agent/work');
  const end = await promote(sandbox);
  assert.equal(end.report.failure?.rule, 'candidate-doctor-red', told(end));
});

test('commits are made without an identity; where they must be signed, that is refused before anything is tested', async (t) => {
  const sandbox = await strategySandbox(t, 'merge', { qa: noting });
  await commitFile(sandbox, 'work.txt', 'work\n');
  for (const name of ['GIT_AUTHOR_NAME', 'GIT_AUTHOR_EMAIL', 'GIT_COMMITTER_NAME', 'GIT_COMMITTER_EMAIL'])
    delete sandbox.env[name];
  await sandbox.git('config', 'user.useConfigOnly', 'true');
  await sandbox.git('config', 'commit.gpgSign', 'true');
  const refused = await promote(sandbox);
  assert.equal(refused.exitCode, 78, told(refused));
  assert.equal(refused.report.failure?.rule, 'signing-required');
  assert.deepEqual(testedIn(sandbox), []);
  await sandbox.git('config', 'commit.gpgSign', 'false');
  await sandbox.loopbreaker('clear', 'promote', '--why', 'signing is off');
  const end = await promote(sandbox);
  assert.equal(end.report.outcome, 'promoted', told(end));
});

test('rebase refuses what it cannot replay: a merge commit, and a history of its own', async (t) => {
  const sandbox = await strategySandbox(t, 'rebase');
  await commitFile(sandbox, 'work.txt', 'work\n');
  await pushFile(sandbox, 'other.txt', 'other\n');
  await sandbox.git('fetch', '--quiet', 'origin');
  await sandbox.git('merge', '--quiet', '--no-edit', 'origin/main');
  const merged = await promote(sandbox);
  assert.equal(merged.report.failure?.rule, 'rebase-of-merge', told(merged));
  const tree = await sandbox.git('rev-parse', 'HEAD^{tree}');
  const orphan = await sandbox.git('commit-tree', tree, '-m', 'orphan');
  await sandbox.git('branch', 'agent/orphan', orphan);
  const alone = await promote(sandbox, '--branch', 'agent/orphan');
  assert.equal(alone.report.failure?.rule, 'unrelated-history', told(alone));
});

/** The same move of the target, done once, while an agent works. */
const moveOnce = `[ -e "$SANDBOX/once" ] || { touch "$SANDBOX/once"; ${[
  'cd "$SANDBOX/remote.git"',
  'git update-ref refs/heads/main "$(git commit-tree main^{tree} -p main -m other)"',
].join(' && ')}; }`;

test('ff-only on a target that others move: the agent hears how to integrate, does it, and lands', async (t) => {
  const sandbox = await strategySandbox(t, 'ff-only');
  const commit = (name: string) => [`echo x > ${name}`, `git add ${name}`, `git commit --quiet -m ${name}`];
  sandbox.plan([
    { run: [...commit('one.txt'), moveOnce], claim: true },
    { run: ['git fetch --quiet origin', 'git rebase --quiet origin/main'], claim: true },
  ]);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 0, told(end));
  assert.match(sandbox.prompts()[1] ?? '', /git fetch origin && git rebase origin\/main/);
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), await sandbox.git('rev-parse', 'agent/work'));
});

test('squash under the loop: one paid run, one landing, and the next start goes on from there', async (t) => {
  const sandbox = await strategySandbox(t, 'squash');
  const commit = (name: string) => [`echo x > ${name}`, `git add ${name}`, `git commit --quiet -m ${name}`];
  sandbox.plan([{ run: [...commit('one.txt'), ...commit('two.txt'), moveOnce], claim: true }]);
  const first = await sandbox.loopbreaker('loop');
  assert.equal(first.exitCode, 0, told(first));
  const between = await sandbox.remoteGit('rev-parse', 'main');
  sandbox.plan([{ run: commit('three.txt'), claim: true }]);
  const second = await sandbox.loopbreaker('loop');
  assert.equal(second.exitCode, 0, told(second));
  assert.equal(sandbox.prompts().length, 2);
  assert.equal(await landedMessages(sandbox, between), 'three.txt');
  await assertNothingLeft(sandbox);
});
