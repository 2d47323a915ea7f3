/** `auto-promote --dry-run`: what it says, and that it touches nothing. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import { openWorld } from '../scripts/effects/world.ts';
import type { DryRunReport } from '../scripts/report/dry-run.ts';
import { commitFile, sandboxFor, stateDirectory, told } from './helpers/sandbox.ts';

/** Everything below a directory: names, modes, contents, and when it was changed. */
function fingerprint(directory: string): readonly string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  return names
    .filter((name) => !name.startsWith('node_modules'))
    .map((name) => {
      const file = path.join(directory, name);
      const stat = lstatSync(file);
      const content = stat.isFile() ? readFileSync(file) : stat.isSymbolicLink() ? readlinkSync(file) : '';
      return `${name} ${stat.mode} ${stat.mtimeMs} ${createHash('sha256').update(content).digest('hex')}`;
    });
}

/** A dry run, which must leave clone and remote as they were to the last byte. */
async function dryRun(sandbox: Sandbox, ...args: readonly string[]) {
  const look = () => [sandbox.clone, sandbox.remote].map(fingerprint);
  const before = look();
  const end = await sandbox.loopbreaker('auto-promote', '--dry-run', '--json', ...args);
  assert.deepEqual(look(), before);
  assert.equal(end.exitCode, 0, told(end));
  const report: DryRunReport = JSON.parse(end.stdout);
  assert.deepEqual(validateDocument('auto-promote-dry-run', report, 'stdout'), []);
  return report;
}

test('in a clone in which nothing has ever run, a dry run says what comes next and leaves no trace', async (t) => {
  const sandbox = await sandboxFor(t);
  const main = await sandbox.git('rev-parse', 'main');
  const head = await commitFile(sandbox, 'work.txt', 'work\n');
  const report = await dryRun(sandbox);
  assert.deepEqual(report.trigger, { branch: 'refs/heads/agent/work', sha: head });
  assert.deepEqual(report.tip, { sha: main, why: null });
  assert.deepEqual([report.landed, report.ahead, report.behind], [false, 1, 0]);
  assert.deepEqual(report.admitted, { by: 'attempt', why: null });
  assert.deepEqual([report.gateRemembered, report.protectedChanges, report.lock], [false, [], null]);
  assert.equal(report.nextPhase, 'merge', 'all that a fetch would bring is here');
});

test('what a person sees is the same, and ends with the next phase', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'policy/note.txt', 'x\n');
  const end = await sandbox.loopbreaker('auto-promote', '--dry-run');
  assert.equal(end.exitCode, 0, told(end));
  assert.match(end.stdout, /protected +policy\/note\.txt, accepted by nobody/);
  assert.match(end.stdout, /distance +1 ahead, 0 behind/);
  assert.match(end.stdout, /next +merge\n$/);
});

test('a target that is not here yet is known by its tip, and the rest is left open', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'work.txt', 'work\n');
  const tree = await sandbox.remoteGit('rev-parse', 'main^{tree}');
  const other = await sandbox.remoteGit('commit-tree', tree, '-p', 'main', '-m', 'somebody else');
  await sandbox.remoteGit('update-ref', 'refs/heads/main', other);
  const report = await dryRun(sandbox);
  assert.equal(report.tip.sha, other);
  assert.deepEqual([report.landed, report.ahead, report.protectedChanges], [null, null, null]);
  assert.equal(report.nextPhase, 'fetch');
});

test('a landed branch, a remembered gate, a standing block and an open circuit are told', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'work.txt', 'work\n');
  assert.equal((await sandbox.loopbreaker('auto-promote')).exitCode, 0);
  const landed = await dryRun(sandbox);
  assert.deepEqual([landed.landed, landed.gateRemembered, landed.nextPhase], [true, true, null]);
  assert.equal(landed.lock?.owner, 'dead', 'who held the lock last is known');
  await commitFile(sandbox, 'broken.txt', 'x\n');
  await sandbox.loopbreaker('auto-promote');
  assert.match((await dryRun(sandbox)).blocked ?? '', /exit code 1/);
  await sandbox.loopbreaker('hold', 'promote', '--why', 'release freeze');
  const held = await dryRun(sandbox);
  assert.equal(held.admitted.by, null);
  assert.match(held.admitted.why ?? '', /release freeze/);
});

test('a lock that is held is told with its holder', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'work.txt', 'work\n');
  await sandbox.loopbreaker('auto-promote');
  const owner = { ...openWorld().self, runId: 'run-0123456789ab' };
  writeFileSync(path.join(stateDirectory(sandbox), 'promote.lock'), `${JSON.stringify(owner)}\n`);
  const report = await dryRun(sandbox);
  assert.deepEqual(report.lock, { runId: 'run-0123456789ab', pid: process.pid, owner: 'alive' });
  assert.equal(report.nextPhase, 'preflight');
});

test('no remote, no such branch on it, and a remote that does not answer are facts, not failures', async (t) => {
  const sandbox = await sandboxFor(t);
  await sandbox.git('remote', 'set-url', 'origin', 'http://somebody:verysecret@127.0.0.1:9/x.git');
  const silent = await dryRun(sandbox);
  assert.match(silent.tip.why ?? '', /could not be asked/);
  assert.doesNotMatch(JSON.stringify(silent), /verysecret/);
  await sandbox.git('remote', 'set-url', 'origin', sandbox.remote);
  await sandbox.remoteGit('update-ref', '-d', 'refs/heads/main');
  assert.match((await dryRun(sandbox)).tip.why ?? '', /no branch "main"/);
  await sandbox.git('remote', 'remove', 'origin');
  const none = await dryRun(sandbox);
  assert.deepEqual([none.target.url, none.tip.why], [null, 'there is no remote "origin" here']);
});

test('a dry run accepts nothing', async (t) => {
  const sandbox = await sandboxFor(t);
  const args = ['--dry-run', '--branch', 'agent/work', '--accept-protected', 'HEAD', '--why', 'x'];
  const end = await sandbox.loopbreaker('auto-promote', ...args);
  assert.equal(end.exitCode, 2, told(end));
});
