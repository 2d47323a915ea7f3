/** docs/recipes/moving-in.md: the shell loop and what replaces it, an own promote script, a colleague's first morning. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { sandboxManifest } from '../scripts/demo/sandbox-files.ts';
import { programIn } from '../scripts/effects/program.ts';
import { makeOwnClone } from './helpers/own-clone.ts';
import { notShown, type Recipe, recipeOf, typeIn } from './helpers/recipes.ts';
import { cleanEnvironment, cloneOf } from './helpers/repository.ts';
import { commitLines, controllerOf, countOf, journalOf, packageJsonFor, sandboxFor } from './helpers/sandbox.ts';
import { until } from './helpers/until.ts';

const shellLoop = recipeOf('moving-in', 'From a shell loop');
const ownScript = recipeOf('moving-in', 'A promote script of your own');
const program = 'scripts/worktree/auto-promote.mjs';

/** A sandbox in which the recipe was followed; `claude` is the sandbox's agent, which takes `-p` and its prompt on stdin. */
async function adopted(t: TestContext, recipe: Recipe, more: Readonly<Record<string, string>>) {
  const sandbox = await sandboxFor(t, { ...recipe.files, 'package.json': packageJsonFor('doctor', 'loop'), ...more });
  const bin = path.join(sandbox.directory, 'bin');
  mkdirSync(bin);
  writeFileSync(path.join(bin, 'claude'), `#!/bin/sh\necho run >> "$SANDBOX/paid"\nexec node agent.mjs\n`);
  chmodSync(path.join(bin, 'claude'), 0o755);
  return { sandbox, env: { ...sandbox.env, PATH: `${bin}:${sandbox.env.PATH}` } };
}

/** Types one console block and compares what comes out. */
function follow(sandbox: Sandbox, env: NodeJS.ProcessEnv, recipe: Recipe, block: number): string {
  const typed = recipe.typed[block] ?? assert.fail(`no console block ${block}`);
  const end = typeIn(sandbox.clone, env, typed.commands);
  assert.equal(end.exitCode, 0, end.output);
  assert.deepEqual(notShown(typed.shown, end.output), [], end.output);
  return end.output;
}

const paidRuns = ({ directory }: Sandbox) =>
  readFileSync(path.join(directory, 'paid'), 'utf8').trim().split('\n').length;

test('the shell loop of the recipe pays for run after run when its promote script is missing; ours pays for one', async (t) => {
  const promote =
    "import { execFileSync } from 'node:child_process';\nexecFileSync('git', ['push', '-q', 'origin', process.env.LOOPBREAKER_SHA + ':refs/heads/main']);\n";
  const { sandbox, env } = await adopted(t, shellLoop, { 'scripts/auto-promote.mjs': promote });
  const claims = { say: 'COMPLETE', run: [] };
  sandbox.plan(Array.from({ length: 200 }, () => claims));
  renameSync(path.join(sandbox.clone, 'scripts/auto-promote.mjs'), path.join(sandbox.directory, 'away.mjs'));
  const storm = spawn('sh', ['loop.sh'], { cwd: sandbox.clone, env, stdio: 'ignore', detached: true });
  const ended = new Promise((resolve) => storm.on('exit', resolve));
  await until(() => existsSync(path.join(sandbox.directory, 'paid')) && paidRuns(sandbox) >= 3);
  process.kill(-(storm.pid ?? assert.fail()), 'SIGKILL');
  await ended;
  renameSync(path.join(sandbox.directory, 'away.mjs'), path.join(sandbox.clone, 'scripts/auto-promote.mjs'));
  rmSync(path.join(sandbox.directory, 'paid'));
  rmSync(path.join(sandbox.clone, 'agent.log'), { force: true });
  sandbox.plan([{ run: commitLines('one.txt'), claim: true }]);
  follow(sandbox, env, shellLoop, 0);
  assert.equal(paidRuns(sandbox), 1);
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), await sandbox.git('rev-parse', 'HEAD'));
});

/** The manifest of the sandbox with the entry point of the recipe in it. */
function manifestWithEntry(): string {
  const manifest = JSON.parse(sandboxManifest(programIn('', true)));
  const entry = JSON.parse(ownScript.files['entry-point'] ?? '');
  return JSON.stringify({ ...manifest, entryPoints: [...manifest.entryPoints, entry] });
}

test('an own promote script is asked for by the doctor, and without it the loop does not start, as the page shows', async (t) => {
  const { sandbox, env } = await adopted(t, ownScript, { 'runtime-manifest.json': manifestWithEntry() });
  follow(sandbox, env, ownScript, 0);
  follow(sandbox, env, ownScript, 1);
  assert.ok(existsSync(path.join(sandbox.clone, program)), 'the last command brings it back');
  assert.equal(countOf(sandbox, 'agent-begun'), 0);
  const ended = journalOf(sandbox).find(({ event }) => event === 'loop-ended');
  assert.match(String(ended?.why), /not run: path-deleted-on-disk .* is tracked but gone from disk/, 'status tells it');
  sandbox.plan([
    { run: commitLines('broken.txt'), claim: true },
    { run: ['git rm -q broken.txt', 'git commit -qm mended'], claim: true },
  ]);
  const end = typeIn(sandbox.clone, env, ['npm run loop']);
  assert.equal(end.exitCode, 0, end.output);
  assert.match(end.output, /blocked: check\.mjs is red/);
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), await sandbox.git('rev-parse', 'HEAD'));
});

test('an own promote script that vanishes while the agent runs is tried once; back again, it promotes without a new run', async (t) => {
  const { sandbox, env } = await adopted(t, ownScript, { 'runtime-manifest.json': manifestWithEntry() });
  const vanish = [`git update-index --skip-worktree ${program}`, `rm ${program}`];
  sandbox.plan([{ run: [...commitLines('one.txt'), ...vanish], claim: true }]);
  const end = typeIn(sandbox.clone, env, ['npm run loop']);
  assert.equal(end.exitCode, 78, end.output);
  assert.deepEqual([countOf(sandbox, 'promotion-begun'), controllerOf(sandbox).circuits.promote.state], [1, 'open']);
  await sandbox.git('update-index', '--no-skip-worktree', program);
  await sandbox.git('checkout', 'HEAD', '--', program);
  assert.equal(typeIn(sandbox.clone, env, ['npm run loop']).exitCode, 0);
  assert.deepEqual([countOf(sandbox, 'promotion-begun'), countOf(sandbox, 'agent-begun')], [2, 1]);
});

test('a colleague is told what a fresh clone lacks, and after that the doctor is green, as the page shows', (t) => {
  const recipe = recipeOf('moving-in', 'A new colleague');
  const origin = makeOwnClone(t);
  const fresh = cloneOf(t, origin);
  const say = (block: number) => {
    const typed = recipe.typed[block] ?? assert.fail();
    const end = typeIn(fresh.directory, cleanEnvironment({ NO_COLOR: '1' }), typed.commands);
    assert.equal(end.exitCode, 0, end.output);
    assert.deepEqual(notShown(typed.shown, end.output), [], end.output);
  };
  say(0);
  // What npm ci does here, without the network: the packages, and the hooks by "prepare".
  execFileSync('cp', ['-al', path.join(process.cwd(), 'node_modules'), path.join(fresh.directory, 'node_modules')]);
  execFileSync('npm', ['run', '--silent', 'prepare'], { cwd: fresh.directory, env: cleanEnvironment() });
  say(1);
});
