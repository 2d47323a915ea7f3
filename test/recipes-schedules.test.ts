/** docs/recipes/schedules.md: the units as systemd reads them, the workflow's steps as a runner runs them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { exitCodes } from '../scripts/core/outcome.ts';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { recipeOf, typeIn } from './helpers/recipes.ts';
import { temporaryDirectory } from './helpers/repository.ts';
import { commitLines, countOf, packageJsonFor, sandboxFor } from './helpers/sandbox.ts';

const units = recipeOf('schedules', 'systemd').files;

/** The values of one setting in a unit, split at blanks. */
function settings(unit: string, name: string): readonly string[] {
  const line = (units[unit] ?? '').split('\n').find((one) => one.startsWith(`${name}=`));
  return line === undefined ? [] : line.slice(name.length + 1).split(' ');
}

test('the service takes every exit code as what it means: none of them is started again by systemd', () => {
  const fine = ['0', ...settings('loopbreaker.service', 'SuccessExitStatus')].map(Number);
  const final = settings('loopbreaker.service', 'RestartPreventExitStatus').map(Number);
  assert.deepEqual(fine, [exitCodes.ok, exitCodes.tryLater, exitCodes.interrupted]);
  assert.deepEqual(final, [exitCodes.refused, exitCodes.usage, exitCodes.bug, exitCodes.configFatal]);
  assert.deepEqual(
    [...fine, ...final].sort((a, b) => a - b),
    Object.values(exitCodes),
  );
});

const hasAnalyzer = spawnSync('systemd-analyze', ['--version']).status === 0;

test('systemd has nothing to say about the units', { skip: hasAnalyzer ? false : 'no systemd-analyze here' }, (t) => {
  const home = temporaryDirectory(t);
  const program = path.join(home, 'project/node_modules/.bin/loopbreaker');
  mkdirSync(path.dirname(program), { recursive: true });
  writeFileSync(program, '#!/bin/sh\n');
  chmodSync(program, 0o755);
  const files = Object.entries(units).map(([name, text]) => {
    const file = path.join(home, name);
    writeFileSync(file, text.replaceAll('%h', home));
    return file;
  });
  const told = spawnSync('systemd-analyze', ['verify', '--man=no', ...files], { encoding: 'utf8' });
  const own = `${told.stdout}${told.stderr}`.split('\n').filter((line) => line.includes('loopbreaker'));
  assert.deepEqual(own, []);
  const times = settings('loopbreaker.timer', 'OnCalendar').join(' ');
  const next = spawnSync('systemd-analyze', ['calendar', '--iterations=11', times], { encoding: 'utf8' });
  assert.equal(next.status, 0, next.stderr);
  assert.equal(new Set(next.stdout.match(/\d\d:00:00/g)).size, 10, 'ten hours of the night');
});

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

const workflowFile = '.github/workflows/nightly-loop.yml';
const workflow = parse(recipeOf('schedules', 'GitHub Actions').files[workflowFile] ?? '');
const steps: readonly Step[] = workflow.jobs.loop.steps;

/** A step's shell as a runner starts it: bash, which ends at the first command that fails. */
function run(sandbox: Sandbox, name: string) {
  const step = steps.find((one) => one.name === name);
  const script = step?.run ?? assert.fail(`no step "${name}"`);
  const env = { ...sandbox.env, GITHUB_STEP_SUMMARY: path.join(sandbox.directory, 'summary.md'), CI: 'true' };
  return typeIn(sandbox.clone, env, ['set -o pipefail', script]);
}

function runnerFor(t: TestContext): Promise<Sandbox> {
  return sandboxFor(t, { 'package.json': packageJsonFor('loop', 'status') });
}

test('the workflow may write contents and nothing else, never runs twice at once, and keeps the state of the breaker', () => {
  assert.deepEqual(workflow.permissions, { contents: 'write' });
  assert.equal(workflow.concurrency['cancel-in-progress'], false);
  assert.match(workflow.on.schedule[0].cron, /^\d+ \d+ \* \* [\d-]+$/);
  const caches = steps.filter(({ uses }) => uses?.startsWith('actions/cache/'));
  assert.deepEqual(
    caches.map((step) => step.with?.path),
    ['.git/loopbreaker', '.git/loopbreaker'],
  );
  assert.equal(caches[0]?.with?.key, caches[1]?.with?.key, 'saved under the key that is looked for first');
  assert.ok(String(caches[0]?.with?.key).startsWith(String(caches[0]?.with?.['restore-keys'])));
});

test('a night on a runner: the branch is made, worked on, promoted, told in the summary and pushed; the next takes it up', async (t) => {
  const sandbox = await runnerFor(t);
  assert.equal(run(sandbox, "Take up the agent's branch").exitCode, 0);
  sandbox.plan([{ run: commitLines('one.txt'), claim: true }]);
  const night = run(sandbox, 'Run the loop');
  assert.equal(night.exitCode, 0, night.output);
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), await sandbox.git('rev-parse', 'agent/nightly'));
  assert.equal(run(sandbox, 'Say how it stands').exitCode, 0);
  assert.match(
    readFileSync(path.join(sandbox.directory, 'summary.md'), 'utf8'),
    /^```\nNo loop is running\.[\s\S]*promoted +agent\/nightly[\s\S]*```\n$/,
  );
  const kept = run(sandbox, 'Keep unfinished work');
  assert.equal(kept.exitCode, 0, kept.output);
  await sandbox.git('switch', '--quiet', 'main');
  await sandbox.git('branch', '--quiet', '-D', 'agent/nightly');
  assert.equal(run(sandbox, "Take up the agent's branch").exitCode, 0);
  assert.equal(await sandbox.git('rev-parse', 'HEAD'), await sandbox.remoteGit('rev-parse', 'agent/nightly'));
});

test('on a runner, 75 is a notice and no red job; 78 is red', async (t) => {
  const sandbox = await runnerFor(t);
  sandbox.plan(Array.from({ length: 3 }, () => ({})));
  const later = run(sandbox, 'Run the loop');
  assert.equal(later.exitCode, 0, later.output);
  assert.match(later.output, /^::notice title=loopbreaker::/m);
  const begun = countOf(sandbox, 'agent-begun');
  const again = run(sandbox, 'Run the loop');
  assert.match(again.output, /circuit-quarantined/);
  assert.equal(countOf(sandbox, 'agent-begun'), begun, 'what the breaker knows was kept');
  sandbox.write('policy/loop.json', '{');
  assert.equal(run(sandbox, 'Run the loop').exitCode, exitCodes.configFatal);
  assert.ok(existsSync(path.join(sandbox.clone, '.git/loopbreaker/controller.json')));
});
