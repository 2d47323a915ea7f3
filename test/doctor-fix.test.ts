import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Check, CheckContext, Fix } from '../scripts/checks/check.ts';
import { diagnose } from '../scripts/checks/diagnose.ts';
import { mending } from '../scripts/checks/fixes.ts';
import { type DoctorResult, doctorExitCode, type Finding } from '../scripts/core/doctor.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import { formatDoctor } from '../scripts/report/terminal.ts';
import { builtCli } from './helpers/built-program.ts';
import { findingWith } from './helpers/doctor-results.ts';
import { memoryContext } from './helpers/memory-context.ts';
import { manifestWith, projectFiles } from './helpers/project.ts';
import { cleanEnvironment, type Repository } from './helpers/repository.ts';
import { projectFor } from './helpers/situations.ts';

/** A check of a world that is one list of findings, and what it offers. */
function checkOf(id: string, world: Finding[], fixes: Check['fixes']): Check {
  const run = () => ({ findings: [...world] });
  return { id, title: id, asks: '?', run, ...(fixes === undefined ? {} : { fixes }) };
}

function offer(...fixes: readonly Fix[]): NonNullable<Check['fixes']> {
  return () => Promise.resolve(fixes);
}

async function mend(checks: readonly Check[], dryRun = false): Promise<DoctorResult> {
  const context: CheckContext = memoryContext(projectFiles);
  const result = await mending(async () => ({ context, found: await diagnose(context, checks) }), checks, { dryRun });
  assert.deepEqual(validateDocument('doctor-output', JSON.parse(JSON.stringify(result)), 'output'), []);
  return result;
}

test('what is said after a fix is what is found after it', async () => {
  const world = [findingWith()];
  const apply = () => Promise.resolve(void world.splice(0));
  const result = await mend([checkOf('a', world, offer({ what: 'mend it', apply }))]);
  assert.equal(doctorExitCode(result), 0);
  assert.deepEqual(result.fixes, [{ check: 'a', what: 'mend it', outcome: 'done' }]);
  assert.match(formatDoctor(result, { width: 80, colour: false }), /^ {2}mended \(a\): mend it$/m);
});

test('a fix that did nothing leaves the tree as unfit as it is', async () => {
  const result = await mend([
    checkOf('a', [findingWith()], offer({ what: 'do nothing', apply: () => Promise.resolve() })),
  ]);
  assert.equal(doctorExitCode(result), 1);
  assert.equal(result.fixes?.[0]?.outcome, 'done');
});

test('a fix that throws is told, and the next one is done all the same', async () => {
  const world = [findingWith()];
  const broken: Fix = { what: 'break', apply: () => Promise.reject(new Error('disk full')) };
  const good: Fix = { what: 'mend it', apply: () => Promise.resolve(void world.splice(0)) };
  const silent = checkOf('b', [findingWith({ severity: 'warning' })], () => Promise.reject(new Error('no idea')));
  const result = await mend([silent, checkOf('a', world, offer(broken, good))]);
  assert.deepEqual(result.fixes, [
    { check: 'a', what: 'break', outcome: 'failed', why: 'disk full' },
    { check: 'a', what: 'mend it', outcome: 'done' },
    { check: 'b', what: 'find out what can be mended unattended', outcome: 'failed', why: 'no idea' },
  ]);
  assert.deepEqual([result.summary.fail, result.summary.warn, result.summary.pass], [0, 1, 1]);
});

test('nothing is asked of a check that found nothing, or only what was accepted', async () => {
  const asked = () => Promise.reject(new Error('it was asked'));
  const result = await mend([checkOf('a', [], asked), checkOf('b', [findingWith({ severity: 'note' })], asked)]);
  assert.deepEqual(result.fixes, []);
  assert.match(formatDoctor(result, { width: 80, colour: false }), /nothing that can be mended unattended/);
});

test('with --dry-run nothing is done, and what is found stays as it is', async () => {
  const apply = () => Promise.reject(new Error('it was done'));
  const result = await mend([checkOf('a', [findingWith()], offer({ what: 'mend it', apply }))], true);
  assert.equal(doctorExitCode(result), 1);
  assert.deepEqual(result.fixes, [{ check: 'a', what: 'mend it', outcome: 'proposed' }]);
});

/** Every file below a directory with its mode and bytes; what the doctor remembers for itself is left out. */
function snapshotOf(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith(path.join('.git', 'loopbreaker')))
    .sort()
    .map((name) => {
      const stat = lstatSync(path.join(directory, name));
      const bytes = stat.isFile() ? readFileSync(path.join(directory, name)) : '';
      return `${name} ${stat.mode} ${createHash('sha1').update(bytes).digest('hex')}`;
    });
}

const cli = await builtCli();

function doctorIn({ directory }: Repository, ...args: readonly string[]) {
  const argv = [cli, 'doctor', '-C', directory, '--only', 'hooks,tracked', '--json', ...args];
  const ended = spawnSync('node', argv, { env: cleanEnvironment(), encoding: 'utf8' });
  const result: DoctorResult = JSON.parse(ended.stdout);
  assert.deepEqual(validateDocument('doctor-output', result, 'output'), []);
  return { exitCode: ended.status, result };
}

test('a hook that lost its execute bit is mended by --fix, and by --fix --dry-run only told', (t) => {
  const project = projectFor(t, {
    'runtime-manifest.json': manifestWith({ hooks: ['pre-commit'] }),
    '.husky/pre-commit': '#!/bin/sh\nexit 0\nnpx loopbreaker hook pre-commit\n',
  });
  project.git('update-index', '--chmod=+x', '.husky/pre-commit');
  project.git('commit', '-q', '-m', 'executable');
  project.git('config', 'core.hooksPath', '.husky');
  chmodSync(path.join(project.directory, '.husky/pre-commit'), 0o644);
  const before = snapshotOf(project.directory);
  const told = doctorIn(project, '--fix', '--dry-run');
  assert.deepEqual([told.exitCode, told.result.fixes?.map((fix) => fix.outcome)], [1, ['proposed']]);
  assert.deepEqual(snapshotOf(project.directory), before, 'nothing was touched');
  const done = doctorIn(project, '--fix');
  assert.deepEqual([done.exitCode, done.result.fixes?.map((fix) => fix.outcome)], [0, ['done']]);
  assert.deepEqual([done.result.ok, done.result.summary.pass], [true, 2]);
  const again = doctorIn(project, '--fix');
  assert.deepEqual([again.exitCode, again.result.fixes], [0, []], 'done twice it does nothing more');
});
