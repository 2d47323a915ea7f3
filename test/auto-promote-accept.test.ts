/** A person accepts the protected changes of exactly one commit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { executeDirectly } from '../scripts/effects/process.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import type { PromotionReport } from '../scripts/report/promotion.ts';
import {
  commitFile,
  commitLines,
  controllerOf,
  journalOf,
  loopbreakerWith,
  sandboxFor,
  told,
} from './helpers/sandbox.ts';

async function promote(sandbox: Sandbox, ...args: readonly string[]) {
  const end = await sandbox.loopbreaker('auto-promote', '--json', ...args);
  assert.match(end.stdout, /^\{/, told(end));
  const report: PromotionReport = JSON.parse(end.stdout);
  assert.deepEqual(validateDocument('auto-promote-output', report, 'stdout'), []);
  return { ...end, report };
}

const accept = (sha: string) => ['--branch', 'agent/work', '--accept-protected', sha, '--why', 'read it with care'];

/** Types a command that a message printed; `npm run promote` is what package.json of an adopted repository makes it. */
async function type(sandbox: Sandbox, command: string) {
  const text = `npm() { shift 3; ${sandbox.argv('auto-promote').join(' ')} "$@"; }\n${command}`;
  return await executeDirectly({ argv: ['bash', '-c', text], cwd: sandbox.clone, env: sandbox.env });
}

test('the printed command lands exactly the commit that was blocked, and says who accepted it', async (t) => {
  const sandbox = await sandboxFor(t);
  const head = await commitFile(sandbox, 'policy/note.txt', 'x\n');
  const blocked = await promote(sandbox);
  assert.equal(blocked.report.failure?.rule, 'protected-paths', told(blocked));
  const command = /npm run [^;]*/.exec(blocked.report.failure?.remedy ?? '')?.[0] ?? '';
  const end = await type(sandbox, command);
  assert.equal(end.exitCode, 0, told(end));
  assert.match(end.stdout, /protected changes accepted by \S+@\S+: your reason/);
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), head);
  const [line] = journalOf(sandbox).filter(({ event }) => event === 'protected-accepted');
  assert.deepEqual([line?.sha, line?.why], [head, 'your reason']);
  assert.match(String(line?.by), /^.+@.+$/);
});

test('an acceptance is about one commit: a later one is blocked again, an earlier one lands without the later', async (t) => {
  const sandbox = await sandboxFor(t);
  const first = await commitFile(sandbox, 'policy/note.txt', 'x\n');
  await commitFile(sandbox, 'policy/note.txt', 'and something else\n');
  const end = await promote(sandbox, ...accept(first.slice(0, 12)));
  assert.equal(end.report.outcome, 'promoted', told(end));
  assert.equal(end.report.accepted?.why, 'read it with care');
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), first);
  const later = await promote(sandbox);
  assert.equal(later.report.failure?.rule, 'protected-paths', told(later));
});

test('an acceptance does not open the gate, and outlives a red one', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'policy/note.txt', 'x\n');
  const head = await commitFile(sandbox, 'broken.txt', 'x\n');
  const red = await promote(sandbox, ...accept(head));
  assert.equal(red.report.failure?.rule, 'qa-red', told(red));
  await sandbox.loopbreaker('clear', 'agent/work', '--why', 'once more');
  const again = await promote(sandbox);
  assert.equal(again.report.failure?.rule, 'qa-red', 'it is still accepted, and still red');
});

test('without a reason, without a branch, or of a commit that the branch does not hold, nothing is accepted', async (t) => {
  const sandbox = await sandboxFor(t);
  const head = await commitFile(sandbox, 'policy/note.txt', 'x\n');
  const stranger = await sandbox.git('commit-tree', 'HEAD^{tree}', '-m', 'stranger');
  const wrong: readonly (readonly [readonly string[], number])[] = [
    [['--branch', 'agent/work', '--accept-protected', head], 2],
    [['--branch', 'agent/work', '--accept-protected', head, '--why', '  '], 2],
    [['--accept-protected', head, '--why', 'x'], 2],
    [['--branch', 'agent/work', '--why', 'x'], 2],
    [['--branch', 'agent/work', '--sha', stranger, '--accept-protected', head, '--why', 'x'], 2],
    [accept(stranger), 1],
  ];
  for (const [args, code] of wrong) {
    const end = await sandbox.loopbreaker('auto-promote', ...args);
    assert.equal(end.exitCode, code, told(end));
    assert.doesNotMatch(end.stderr, /\n\s+at /);
  }
  assert.deepEqual(
    journalOf(sandbox).filter(({ event }) => event === 'protected-accepted'),
    [],
  );
});

/** A loop whose agent claims again and again what a person has to accept, until its circuit is open; returns the last claim. */
async function agentStoppedByBlocks(sandbox: Sandbox): Promise<string> {
  const turn = { run: ['echo x >> policy/note.txt', 'git add policy', 'git commit --quiet -m note'], claim: true };
  sandbox.plan([turn, turn, turn]);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 75, told(end));
  assert.equal(controllerOf(sandbox).circuits.agent.state, 'open');
  assert.match(end.stdout, /to free it: a person reviews.*--accept-protected [0-9a-f]{40} --why.*frees the agent too/);
  return await sandbox.git('rev-parse', 'HEAD');
}

test('what a person accepted and landed no longer stops the agent, and the journal says who freed it', async (t) => {
  const sandbox = await sandboxFor(t);
  const head = await agentStoppedByBlocks(sandbox);
  assert.equal((await promote(sandbox, ...accept(head))).report.outcome, 'promoted');
  assert.equal(controllerOf(sandbox).circuits.agent.state, 'closed');
  const [line] = journalOf(sandbox).filter(({ event }) => event === 'cleared');
  assert.match(String(line?.why), /^agent\/work landed.*read it with care$/);
  assert.match(String(line?.by), /^.+@.+$/);
  sandbox.plan([{ run: commitLines('more.txt'), claim: true }]);
  const next = await sandbox.loopbreaker('loop');
  assert.equal(next.exitCode, 0, told(next));
});

test('an accepted landing frees no agent that something else has stopped since, and none that a person holds', async (t) => {
  const sandbox = await sandboxFor(t);
  const head = await commitFile(sandbox, 'policy/note.txt', 'x\n');
  await promote(sandbox);
  const idle = await sandbox.loopbreaker('loop');
  assert.equal(idle.exitCode, 75, told(idle));
  await promote(sandbox, ...accept(head));
  assert.equal(controllerOf(sandbox).circuits.agent.state, 'open', 'it had stopped for lack of progress');
  await sandbox.loopbreaker('clear', 'agent', '--why', 'next');
  const last = await agentStoppedByBlocks(sandbox);
  await sandbox.loopbreaker('hold', 'agent', '--why', 'holidays');
  assert.equal((await promote(sandbox, ...accept(last))).report.outcome, 'promoted');
  assert.equal(controllerOf(sandbox).circuits.agent.state, 'held');
});

/** A branch of the target as it is on the remote now, with one commit; a promotion of it is blocked. Its signature. */
async function blockedBranch(sandbox: Sandbox, name: string, file: string): Promise<string | undefined> {
  await sandbox.git('fetch', '--quiet', 'origin');
  await sandbox.git('switch', '--quiet', '--no-track', '--create', name, 'origin/main');
  await commitFile(sandbox, file, 'of a person\n');
  const { report } = await promote(sandbox, '--branch', name);
  assert.equal(report.outcome, 'blocked');
  return report.failure?.signature;
}

/** A person accepts and lands the head of a branch. */
async function land(sandbox: Sandbox, name: string): Promise<void> {
  const head = await sandbox.git('rev-parse', name);
  const { report } = await promote(sandbox, '--branch', name, ...accept(head).slice(2));
  assert.equal(report.outcome, 'promoted');
}

test('a branch that is accepted does not free the agent that another branch has stopped, whatever they share', async (t) => {
  const sandbox = await sandboxFor(t);
  await agentStoppedByBlocks(sandbox);
  const { lastSignature } = controllerOf(sandbox).circuits.agent;
  assert.equal(`blocked:${await blockedBranch(sandbox, 'same-paths', 'policy/note.txt')}`, lastSignature);
  await land(sandbox, 'same-paths');
  assert.equal(controllerOf(sandbox).circuits.agent.state, 'open', 'agent/work is still blocked');
  await sandbox.git('branch', '--quiet', '-D', 'agent/work');
  assert.notEqual(`blocked:${await blockedBranch(sandbox, 'other-paths', 'policy/other.txt')}`, lastSignature);
  await land(sandbox, 'other-paths');
  assert.equal(controllerOf(sandbox).circuits.agent.state, 'open', 'it was never stopped for this one');
});

test('an accepted landing frees no agent that crashes have helped to stop', async (t) => {
  const sandbox = await sandboxFor(t);
  const crashes = ['one', 'two', 'one', 'two'].map((word) => ({ say: `crash ${word}`, exitCode: 9 }));
  sandbox.plan([...crashes, { run: commitLines('policy/note.txt'), claim: true }]);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 75, told(end));
  const { state, recentFailures, lastSignature } = controllerOf(sandbox).circuits.agent;
  assert.deepEqual([state, recentFailures.length, lastSignature?.startsWith('blocked:')], ['open', 5, true]);
  await land(sandbox, 'agent/work');
  assert.equal(controllerOf(sandbox).circuits.agent.state, 'open');
});

for (const variable of ['LOOPBREAKER_RUN', 'LOOPBREAKER_CHILD']) {
  test(`an agent (${variable}) cannot accept for a person`, async (t) => {
    const sandbox = await sandboxFor(t);
    const head = await commitFile(sandbox, 'policy/note.txt', 'x\n');
    const end = await loopbreakerWith(sandbox, { [variable]: 'run-0123456789ab' }, 'auto-promote', ...accept(head));
    assert.equal(end.exitCode, 1, told(end));
    assert.match(end.stderr, /an agent cannot accept[\s\S]*to mend it/);
    assert.notEqual(await sandbox.remoteGit('rev-parse', 'main'), head);
  });
}
