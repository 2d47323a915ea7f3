/** Promotions whose worktrees lie beside the checkout: QA finds what the candidate declares, and nothing else. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gateEnvironment } from '../scripts/core/gate-environment.ts';
import { placeSense } from '../scripts/core/worktree-place.ts';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import type { PromotionReport } from '../scripts/report/promotion.ts';
import {
  assertNothingLeft,
  commitFile,
  controllerOf,
  countOf,
  journalOf,
  loopbreakerWith,
  sandboxFor,
  told,
} from './helpers/sandbox.ts';
import { until } from './helpers/until.ts';

function policyOf(worktreeDirectory: string, ...command: readonly string[]): Readonly<Record<string, string>> {
  const qa = [{ name: 'check', command, timeoutSeconds: 60 }];
  return { 'policy/promote.json': JSON.stringify({ worktreeDirectory, prepare: [], qa }) };
}

const outsideOf = (sandbox: Sandbox): string => path.join(sandbox.directory, 'worktrees');

/** What an agent's `npm install --no-save` leaves: a package with a program, in no lockfile. */
function installUnlocked({ clone }: Sandbox): void {
  const packages = path.join(clone, 'node_modules');
  const real = readlinkSync(packages);
  rmSync(packages);
  mkdirSync(path.join(packages, '.bin'), { recursive: true });
  for (const name of readdirSync(real)) {
    if (!name.startsWith('.')) symlinkSync(path.join(real, name), path.join(packages, name));
  }
  mkdirSync(path.join(packages, 'unlocked'));
  writeFileSync(path.join(packages, 'unlocked/index.js'), 'module.exports = 1;\n');
  writeFileSync(path.join(packages, '.bin/unlocked'), '#!/bin/sh\necho found\n');
  chmodSync(path.join(packages, '.bin/unlocked'), 0o755);
}

/** As `npm run promote` calls it: programs of the checkout's packages come first. */
async function promote(sandbox: Sandbox) {
  const bin = path.join(sandbox.clone, 'node_modules/.bin');
  const extra = { PATH: `${bin}${path.delimiter}${sandbox.env.PATH ?? ''}`, NODE_PATH: path.dirname(bin) };
  const end = await loopbreakerWith(sandbox, extra, 'auto-promote', '--json');
  assert.notEqual(end.stdout, '', told(end));
  const report: PromotionReport = JSON.parse(end.stdout);
  return { end, report };
}

const uses: Readonly<Record<string, readonly string[]>> = {
  imports: ['node', '-e', "require('unlocked')"],
  'runs by its name': ['sh', '-c', 'unlocked'],
};

for (const [how, command] of Object.entries(uses)) {
  test(`a package in no lockfile that a branch ${how} passes QA inside of the checkout, and not beside it`, async (t) => {
    const inside = await sandboxFor(t, policyOf('loop/tmp-wt', ...command));
    installUnlocked(inside);
    await commitFile(inside, 'work.txt', 'work\n');
    const passed = await promote(inside);
    assert.equal(passed.report.outcome, 'promoted', told(passed.end));
    const outside = await sandboxFor(t, policyOf('../worktrees', ...command));
    installUnlocked(outside);
    await commitFile(outside, 'work.txt', 'work\n');
    const { report, end } = await promote(outside);
    assert.notEqual(report.outcome, 'promoted', told(end));
    assert.match(report.failure?.tail ?? '', /unlocked/);
    assert.ok(!existsSync(outsideOf(outside)), 'the folder is gone again');
  });
}

/** QA passes and is remembered, and the server refuses: nothing of it has landed, and it may be tried again. */
async function refusedPush(sandbox: Sandbox): Promise<void> {
  const refuse = path.join(sandbox.remote, 'hooks/pre-receive');
  writeFileSync(refuse, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const { report, end } = await promote(sandbox);
  assert.equal(report.failure?.phase, 'push', told(end));
  rmSync(refuse);
  await sandbox.loopbreaker('clear', 'agent/work', '--why', 'the server is right again');
  await sandbox.loopbreaker('clear', 'promote', '--why', 'the server is right again');
}

test('a pass that QA gave inside of the checkout is none for a worktree beside it', async (t) => {
  const sandbox = await sandboxFor(t, policyOf('loop/tmp-wt', 'node', '-e', "require('unlocked')"));
  installUnlocked(sandbox);
  await commitFile(sandbox, 'work.txt', 'work\n');
  await refusedPush(sandbox);
  sandbox.write('policy/promote.json', JSON.stringify({ worktreeDirectory: '../worktrees' }));
  const { report, end } = await promote(sandbox);
  assert.equal(report.failure?.phase, 'qa', told(end));
});

test('a pass that packages above both folders have made is not used again once they are gone', async (t) => {
  const sandbox = await sandboxFor(t, policyOf('../worktrees', 'node', '-e', "require('above')"));
  const above = path.join(sandbox.directory, 'node_modules/above');
  mkdirSync(above, { recursive: true });
  writeFileSync(path.join(above, 'index.js'), '');
  await commitFile(sandbox, 'work.txt', 'work\n');
  await refusedPush(sandbox);
  rmSync(path.dirname(above), { recursive: true });
  const { report, end } = await promote(sandbox);
  assert.equal(report.failure?.phase, 'qa', told(end));
});

test('a green branch lands from beside the checkout, and nothing is left there', async (t) => {
  const sandbox = await sandboxFor(t, policyOf('../worktrees', 'node', 'check.mjs'));
  const head = await commitFile(sandbox, 'work.txt', 'work\n');
  const { report, end } = await promote(sandbox);
  assert.equal(report.outcome, 'promoted', told(end));
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), head);
  assert.ok(!existsSync(outsideOf(sandbox)));
  await assertNothingLeft(sandbox);
});

test('what a run that was killed in QA left beside the checkout, the next one clears away, and lands the branch', async (t) => {
  const wait = 'if [ -e "$SANDBOX/again" ]; then exit 0; fi; : > "$SANDBOX/begun"; exec sleep 1000';
  const sandbox = await sandboxFor(t, policyOf('../worktrees', 'sh', '-c', wait));
  const head = await commitFile(sandbox, 'work.txt', 'work\n');
  const [program, ...args] = sandbox.argv('auto-promote');
  const run = spawn(program, args, { cwd: sandbox.clone, env: sandbox.env, stdio: 'ignore' });
  t.after(() => run.kill('SIGKILL'));
  await until(() => existsSync(path.join(sandbox.directory, 'begun')));
  run.kill('SIGKILL');
  await new Promise((resolve) => run.on('close', resolve));
  assert.equal(readdirSync(outsideOf(sandbox)).length, 2, 'a run and the mark');
  writeFileSync(path.join(sandbox.directory, 'again'), '');
  const { report, end } = await promote(sandbox);
  assert.equal(report.outcome, 'promoted', told(end));
  assert.ok(!existsSync(outsideOf(sandbox)), told(end));
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), head);
  assert.equal(journalOf(sandbox).filter(({ event }) => event === 'worktree-removed').length, 1);
  assert.equal(controllerOf(sandbox).circuits.promote.state, 'closed');
  await assertNothingLeft(sandbox);
});

test('a folder that would hold the checkout stops a promotion before anything is done', async (t) => {
  const sandbox = await sandboxFor(t, policyOf('../clone', 'node', 'check.mjs'));
  await commitFile(sandbox, 'work.txt', 'work\n');
  const end = await sandbox.loopbreaker('auto-promote');
  assert.equal(end.exitCode, 78, told(end));
  assert.match(end.stderr, /worktreeDirectory must be a folder of its own/);
  const remedy = placeSense('../clone/..')?.remedy ?? '';
  assert.match(remedy, /"\.\.\/app-loopbreaker", or "loop\/tmp-wt" with that in \.gitignore/);
});

test('where no folder can be made beside the checkout, the way back into it is said', async (t) => {
  const sandbox = await sandboxFor(t, policyOf('../worktrees', 'node', 'check.mjs'));
  await commitFile(sandbox, 'work.txt', 'work\n');
  writeFileSync(outsideOf(sandbox), 'a file of somebody\n');
  const end = await sandbox.loopbreaker('auto-promote');
  assert.equal(end.exitCode, 78, told(end));
  assert.match(
    end.stderr,
    /move away the file .*, or write "worktreeDirectory": "loop.tmp-wt" in policy.promote\.json and push that to the target yourself/,
  );
  const doctor = await sandbox.loopbreaker('doctor', '--only', 'worktrees');
  assert.match(doctor.stdout, /worktree-impossible/, told(doctor));
  const loop = await sandbox.loopbreaker('loop', '--max-iterations', '1');
  assert.equal(loop.exitCode, 78, told(loop));
  assert.match(loop.stderr, /worktrees is a file: no worktree of a promotion can be made/);
  assert.equal(countOf(sandbox, 'agent-begun'), 0, 'no agent is paid for it');
  rmSync(outsideOf(sandbox));
  const { report, end: again } = await promote(sandbox);
  assert.equal(report.outcome, 'promoted', told(again));
});

const beside = { tree: '/w/run/tree', roots: ['/w/app'], realOf: (folder: string) => folder };

test('a gate beside the checkout gets the candidate’s packages in the place of the checkout’s', () => {
  const given = {
    PATH: '/w/app/node_modules/.bin:/w/node_modules/.bin:/node_modules/.bin:/usr/lib/node_modules/x:bin:/usr/bin',
    NODE_PATH: '/w/app/node_modules:/w/app/lib:/opt/modules',
    INIT_CWD: '/w/app',
    npm_package_json: '/w/app/package.json',
    npm_config_local_prefix: '/w/app',
    npm_config_registry: 'https://packages.example.invalid',
    PWD: '/w/app',
  };
  assert.deepEqual(gateEnvironment(given, beside), {
    PATH: '/w/run/tree/node_modules/.bin:/usr/lib/node_modules/x:bin:/usr/bin',
    NODE_PATH: '/w/run/tree/node_modules:/w/run/tree/lib:/opt/modules',
    npm_config_registry: 'https://packages.example.invalid',
    PWD: '/w/run/tree',
  });
  const inside = gateEnvironment(given, { ...beside, tree: '/w/app/loop/run/tree', roots: [] });
  assert.equal(inside.PATH, given.PATH, 'inside of it the checkout’s packages are found all the same');
});

test('tools in the checkout that are no packages stay on PATH beside it, behind the candidate’s own', () => {
  const PATH = '/w/app/.tools/node/bin:/w/app/.venv/bin:/usr/bin';
  const expected = '/w/run/tree/.tools/node/bin:/w/app/.tools/node/bin:/w/run/tree/.venv/bin:/w/app/.venv/bin:/usr/bin';
  assert.equal(gateEnvironment({ PATH }, beside).PATH, expected);
});

test('a folder on PATH is the checkout’s too when it is written through a link', () => {
  const links: Readonly<Record<string, string>> = {
    '/home/me': '/w',
    '/home/me/app': '/w/app',
    '/home/me/app/node_modules/.bin': '/store/.bin',
    '/home/me/bin': '/w/app/node_modules/.bin',
  };
  const place = { ...beside, realOf: (folder: string) => links[folder] ?? folder };
  const gate = (PATH: string) => gateEnvironment({ PATH }, place).PATH;
  assert.equal(gate('/home/me/app/node_modules/.bin:/usr/bin'), '/w/run/tree/node_modules/.bin:/usr/bin');
  assert.equal(gate('/home/me/bin:/usr/bin'), '/w/run/tree/node_modules/.bin:/usr/bin');
  assert.equal(gate('/home/me/node_modules/.bin:/usr/bin'), '/usr/bin');
});

test('Plug’n’Play of the checkout is not loaded into a gate beside it; what else Node is told stays', () => {
  const loader = '--experimental-loader file:///w/app/.pnp.loader.mjs';
  const gate = (NODE_OPTIONS: string) => gateEnvironment({ NODE_OPTIONS }, beside).NODE_OPTIONS;
  assert.equal(gate(`--require /w/app/.pnp.cjs ${loader}`), '');
  assert.equal(gate(`--max-old-space-size=4096 --require "/w/my app/.pnp.cjs" ${loader}`), '--max-old-space-size=4096');
  assert.equal(gate('--require /w/app/.pnp.cjs --require ./setup.cjs'), '--require ./setup.cjs');
  const NODE_OPTIONS = '--require /w/app/.pnp.cjs';
  assert.equal(gateEnvironment({ NODE_OPTIONS }, { ...beside, roots: [] }).NODE_OPTIONS, NODE_OPTIONS);
});

test('a tool that the checkout has and git does not is found by QA beside it, through a link too', async (t) => {
  const sandbox = await sandboxFor(t, policyOf('../worktrees', 'sh', '-c', 'mytool'));
  sandbox.write('.git/info/exclude', '.tools\n');
  const tools = path.join(sandbox.clone, '.tools/bin');
  mkdirSync(tools, { recursive: true });
  writeFileSync(path.join(tools, 'mytool'), '#!/bin/sh\necho found\n', { mode: 0o755 });
  const linked = path.join(sandbox.directory, 'linked');
  symlinkSync(sandbox.clone, linked);
  await commitFile(sandbox, 'work.txt', 'work\n');
  const PATH = [path.join(linked, '.tools/bin'), sandbox.env.PATH ?? ''].join(path.delimiter);
  const end = await loopbreakerWith(sandbox, { PATH }, 'auto-promote', '--json');
  assert.equal(JSON.parse(end.stdout).outcome, 'promoted', told(end));
});
