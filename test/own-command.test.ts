/** A promote command of the user's own: as protected as auto-promote, whatever it does or leaves undone. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileOfCommand } from '../scripts/core/command-file.ts';
import {
  commitLines,
  controllerOf,
  countOf,
  isGone,
  journalOf,
  loopbreakerWith,
  sandboxFor,
  stateDirectory,
  told,
} from './helpers/sandbox.ts';
import { until } from './helpers/until.ts';

const program = 'scripts/worktree/auto-promote.mjs';

/** Pushes the commit that it is told to promote. */
const honest = `import { execFileSync } from 'node:child_process';
execFileSync('git', ['push', '--quiet', 'origin', process.env.LOOPBREAKER_SHA + ':refs/heads/main']);
`;

/** Files of a repository whose promote command is that program, with these lines in it. */
function adopted(lines: string, more: { readonly promote?: object; readonly loop?: object } = {}) {
  const command = { command: ['node', program], prepare: [], qa: [], ...more.promote };
  const agent = { command: ['node', 'agent.mjs'], output: 'text', timeoutSeconds: 60, idleTimeoutSeconds: 30 };
  return {
    [program]: lines,
    'policy/promote.json': JSON.stringify(command),
    'policy/loop.json': JSON.stringify({ agent, ...more.loop }),
    'policy/breaker.json': JSON.stringify({ sameSignatureMax: 1 }),
  };
}

const claims = [{ run: commitLines('work.txt'), claim: true }];

test('a promote command whose script has vanished is tried once, and its coming back is noticed by the waiting loop', async (t) => {
  const sandbox = await sandboxFor(t, adopted(honest, { loop: { whenQuarantined: 'wait' } }));
  const away = path.join(sandbox.directory, 'away.mjs');
  const vanish = [`git update-index --skip-worktree ${program}`, `mv ${program} ${away}`];
  sandbox.plan([{ run: [...commitLines('work.txt'), ...vanish], claim: true }]);
  const [node, ...argv] = sandbox.argv('loop');
  const loop = spawn(node, argv, {
    cwd: sandbox.clone,
    env: sandbox.env,
    stdio: 'ignore',
  });
  const exit = new Promise<number | null>((resolve) => loop.on('exit', resolve));
  await until(() => countOf(sandbox, 'promotion-ended') === 1);
  const { promote } = controllerOf(sandbox).circuits;
  assert.deepEqual([promote.state, promote.lastFailureClass], ['open', 'config-fatal']);
  const evidence = promote.state === 'open' ? promote.evidence : null;
  assert.ok(
    evidence?.inputs.some((input) => input.name === program && input.sha256 === 'absent'),
    'the missing file is named',
  );
  renameSync(away, path.join(sandbox.clone, program));
  assert.equal(await exit, 0);
  assert.equal(countOf(sandbox, 'promotion-begun'), 2);
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), await sandbox.git('rev-parse', 'agent/work'));
});

for (const [name, lines, code, rule] of [
  ['an emptied script that exits 0', '', 78, 'promote-command-did-nothing'],
  ['exit code 75', 'process.exit(75);', 75, 'promote-command-said-so'],
  ['exit code 78', 'process.exit(78);', 78, 'promote-command-said-so'],
] as const) {
  test(`a promote command that ends with ${name} is exit ${code} of the loop after one attempt`, async (t) => {
    const sandbox = await sandboxFor(t, adopted(lines));
    sandbox.plan(claims);
    const end = await sandbox.loopbreaker('loop');
    assert.equal(end.exitCode, code, told(end));
    assert.equal(countOf(sandbox, 'promotion-begun'), 1);
    assert.ok(journalOf(sandbox).some((line) => line.event === 'promotion-ended' && line.rule === rule));
  });
}

test('a promote command may write its result file, which is believed over its exit code', async (t) => {
  const lines = `import { writeFileSync } from 'node:fs';
const { LOOPBREAKER_RUN: runId, LOOPBREAKER_RESULT: file } = process.env;
writeFileSync(file, JSON.stringify({ runId, outcome: 'blocked', why: 'the review says no' }));
process.exit(3);
`;
  const sandbox = await sandboxFor(t, { ...adopted(lines), 'policy/breaker.json': '{}' });
  sandbox.plan(claims);
  const end = await sandbox.loopbreaker('loop', '--max-iterations', '2');
  assert.match(end.stdout, /blocked: the review says no/, told(end));
  assert.match(sandbox.prompts()[1] ?? '', /the review says no/, 'the agent is told');
  assert.equal(controllerOf(sandbox).circuits.promote.state, 'closed');
});

const says = (outcome: string) => `import { writeFileSync } from 'node:fs';
const { LOOPBREAKER_RUN: runId, LOOPBREAKER_RESULT: file } = process.env;
writeFileSync(file, JSON.stringify({ runId, outcome: '${outcome}', why: 'so it says' }));
`;

test('a promotion that a promote command only tells of is none: the target is asked', async (t) => {
  const sandbox = await sandboxFor(t, adopted(says('promoted')));
  sandbox.plan(claims);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 78, told(end));
  assert.match(end.stdout, /says "promoted"\. The target neither contains.* \[promote-command-claims\]/);
  assert.equal(countOf(sandbox, 'promotion-begun'), 1);
});

test('a promote command that squashes and says so is believed: the target carries what the commit changes', async (t) => {
  const squash = `import { execFileSync } from 'node:child_process';
const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim();
const tree = git('rev-parse', process.env.LOOPBREAKER_SHA + '^{tree}');
git('push', '--quiet', 'origin', git('commit-tree', tree, '-p', 'main', '-m', 'squashed') + ':refs/heads/main');
`;
  const sandbox = await sandboxFor(t, adopted(`${squash}${says('promoted')}`));
  sandbox.plan(claims);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 0, told(end));
  assert.notEqual(await sandbox.remoteGit('rev-parse', 'main'), await sandbox.git('rev-parse', 'agent/work'));
});

test('a promote command that hangs and does not listen is stopped with what it started, at its own limit', async (t) => {
  const pids = (file: string) => readFileSync(file, 'utf8').trim().split('\n').map(Number);
  const lines = `import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
const child = spawn('setsid', ['sleep', '1000'], { stdio: 'ignore', detached: true });
appendFileSync(process.env.SANDBOX + '/pids', process.pid + '\\n' + child.pid + '\\n');
process.on('SIGTERM', () => console.log('no'));
setInterval(() => undefined, 1000);
`;
  const sandbox = await sandboxFor(t, adopted(lines, { promote: { commandTimeoutSeconds: 2 } }));
  sandbox.plan(claims);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 75, told(end));
  assert.match(end.stdout, /commandTimeoutSeconds.*\[promote-command-timeout\]/s);
  const file = path.join(sandbox.directory, 'pids');
  for (const pid of pids(file)) assert.ok(isGone(pid), `${pid} is gone`);
});

test('what a promote command has landed counts as promoted, though it hangs afterwards', async (t) => {
  const lines = `${honest}setInterval(() => undefined, 1000);\n`;
  const sandbox = await sandboxFor(t, adopted(lines, { promote: { commandTimeoutSeconds: 4 } }));
  sandbox.plan(claims);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 0, told(end));
  assert.equal(countOf(sandbox, 'promotion-begun'), 1);
});

test('no secret that a promote command prints is kept or printed', async (t) => {
  const secret = 'sesame-open-the-door-9';
  const lines = `const { DEPLOY_TOKEN } = process.env;
process.stdout.write('pushing with ' + DEPLOY_TOKEN.slice(0, 7));
setTimeout(() => { console.log(DEPLOY_TOKEN.slice(7) + ' to https://me:' + DEPLOY_TOKEN + '@host/x'); process.exit(9); }, 200);
`;
  const sandbox = await sandboxFor(t, adopted(lines));
  sandbox.plan(claims);
  const end = await loopbreakerWith(sandbox, { DEPLOY_TOKEN: secret }, 'loop');
  assert.match(end.stdout, /pushing with \*\*\*/, told(end));
  assert.ok(!`${end.stdout}${end.stderr}`.includes(secret));
  for (const name of readdirSync(stateDirectory(sandbox), { recursive: true, encoding: 'utf8' })) {
    const file = path.join(stateDirectory(sandbox), name);
    if (name.endsWith('.json') || name.endsWith('.jsonl'))
      assert.ok(!readFileSync(file, 'utf8').includes(secret), name);
  }
});

test('a promote command cannot be started by two loops at once: the second finds the lock held', async (t) => {
  const lines = `import { existsSync, writeFileSync } from 'node:fs';
writeFileSync(process.env.SANDBOX + '/began', '');
setInterval(() => { if (existsSync(process.env.SANDBOX + '/go')) process.exit(75); }, 50);
`;
  const sandbox = await sandboxFor(t, adopted(lines));
  sandbox.plan(claims);
  const first = sandbox.loopbreaker('loop');
  await until(() => existsSync(path.join(sandbox.directory, 'began')));
  const other = await sandbox.loopbreaker('auto-promote');
  assert.equal(other.exitCode, 75, told(other));
  assert.match(other.stdout, /holds the lock/);
  writeFileSync(path.join(sandbox.directory, 'go'), '');
  await first;
});

test('the file of a promote command is found behind runners and npm scripts, and nothing is invented', () => {
  const scripts = { ship: 'NODE_ENV=production node tools/ship.mjs --now' };
  const of = (...command: readonly string[]) => fileOfCommand(command, scripts);
  assert.equal(of('node', program), program);
  assert.equal(of('/usr/bin/env', 'node', program), program);
  assert.equal(of('npm', 'run', '--silent', 'ship'), 'tools/ship.mjs');
  assert.equal(of('node', '--enable-source-maps', program, '--log', 'logs/ship.log'), program);
  assert.equal(of('timeout', '60', 'node', program), program);
  assert.equal(of('ship-it', '--log', 'logs/ship.log'), null);
  assert.equal(of('./ship'), './ship');
  assert.equal(of('sh', '-c', 'git push origin HEAD:main && ./x'), null);
  assert.equal(of('npm', 'run', 'no-such-script'), null);
  assert.equal(of('ship-it'), null);
});

test('a shell script that has lost its execute bit is a matter of configuration', async (t) => {
  const sandbox = await sandboxFor(t, {
    ...adopted(''),
    'ship.sh': '#!/bin/sh\nexit 0\n',
    'policy/promote.json': JSON.stringify({ prepare: [], qa: [], command: ['./ship.sh'] }),
  });
  mkdirSync(stateDirectory(sandbox), { recursive: true });
  chmodSync(path.join(sandbox.clone, 'ship.sh'), 0o644);
  sandbox.plan(claims);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 78, told(end));
  assert.equal(countOf(sandbox, 'promotion-begun'), 1);
});
