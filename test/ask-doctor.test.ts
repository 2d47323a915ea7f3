/** The loop's question to the doctor, who is a child: only a whole answer that agrees with its exit code is one. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { askDoctor } from '../scripts/ask-doctor.ts';
import { type CheckResult, summarise } from '../scripts/core/doctor.ts';
import type { ProcessResult } from '../scripts/effects/process.ts';
import { doctorJson } from '../scripts/report/json.ts';
import { makeProject } from './helpers/project.ts';
import { cleanEnvironment } from './helpers/repository.ts';

const checkOf = (id: string, status: CheckResult['status']): CheckResult => ({
  id,
  title: id,
  status,
  durationMs: 1,
  ...(status === 'unknown' ? { reason: 'git was ended' } : {}),
  findings:
    status === 'fail'
      ? [{ code: 'path-missing', severity: 'error', problem: 'gone', remedy: 'mend', commands: [] }]
      : [],
});

const answerOf = (...checks: readonly CheckResult[]) => doctorJson(summarise('worktree', '1 file', checks));

const refused = (exitCode: number) =>
  JSON.stringify({ ok: false, exitCode, refusal: { code: 'x', exitCode, problem: 'core.bare is true', remedy: 'y' } });

async function asked(end: Partial<ProcessResult>) {
  const whole = { exitCode: 0, signal: null, stdout: '', stderr: '', ...end };
  const execute = () => Promise.resolve(whole);
  return await askDoctor({ directory: process.cwd(), env: {}, execute });
}

test('a doctor that dies, says nothing, half of it, or something else than its exit code has checked nothing', async () => {
  const fit = answerOf(checkOf('tracked', 'pass'));
  const red = answerOf(checkOf('tracked', 'fail'));
  assert.deepEqual(await asked({ stdout: fit }), { verdict: 'fit', summary: '' });
  for (const [end, says] of [
    [{ exitCode: null, signal: 'SIGKILL' }, /signal SIGKILL/],
    [{ exitCode: null, spawnError: 'ENOMEM' }, /ENOMEM/],
    [{ exitCode: null, signal: 'SIGTERM', spawnError: 'ETIMEDOUT' }, /no answer in 10 min/],
    [{ exitCode: 1, stderr: 'node:internal\n\nError: Cannot find package tsx\n' }, /Cannot find package tsx/],
    [{ exitCode: 0 }, /exit code 0/],
    [{ exitCode: 0, stdout: fit.slice(0, -9) }, /exit code 0/],
    [{ exitCode: 0, stdout: '{"ok":true}' }, /exit code 0/],
    [{ exitCode: 0, stdout: red }, /exit code 0/],
    [{ exitCode: 1, stdout: fit }, /exit code 1/],
    [{ exitCode: null, signal: 'SIGKILL', stdout: fit }, /SIGKILL/],
    [{ exitCode: 75, stdout: refused(75) }, /core\.bare is true/],
  ] as const) {
    const { verdict, summary } = await asked(end);
    assert.equal(verdict, 'unknown', JSON.stringify(end));
    assert.match(summary, says);
    assert.match(summary, /^the doctor could not look: /);
  }
});

test('red, unknown and a refusal of the repository are told apart, and the state is the loop’s own to answer for', async () => {
  const [red, unknown, state] = [checkOf('links', 'fail'), checkOf('hooks', 'unknown'), checkOf('state', 'fail')];
  for (const [checks, exitCode, verdict, says] of [
    [[red, unknown], 1, 'red', /^path-missing: gone\nhooks could not be checked: git was ended$/],
    [[unknown], 75, 'unknown', /^hooks could not be checked: git was ended$/],
    [[state], 1, 'fit', /^$/],
    [[state, unknown], 1, 'unknown', /^hooks could not be checked/],
  ] as const) {
    const answer = await asked({ exitCode, stdout: answerOf(...checks) });
    assert.equal(answer.verdict, verdict);
    assert.match(answer.summary, says);
  }
  const bare = await asked({ exitCode: 78, stdout: refused(78) });
  assert.deepEqual(bare, { verdict: 'red', summary: 'the doctor could not look: core.bare is true' });
});

test('the child is our own doctor and looks at the work tree that it is given', async (t) => {
  const project = makeProject(t);
  const question = { directory: project.directory, env: cleanEnvironment() };
  assert.deepEqual(await askDoctor(question), { verdict: 'fit', summary: '' });
  mkdirSync(path.join(project.directory, '.git', 'loopbreaker'), { recursive: true });
  writeFileSync(path.join(project.directory, '.git', 'loopbreaker', 'controller.json'), '{');
  assert.equal((await askDoctor(question)).verdict, 'fit', 'unreadable state stops the loop in its own way');
  rmSync(path.join(project.directory, 'PROMPT.md'));
  const answer = await askDoctor({ ...question, only: ['tracked'] });
  assert.equal(answer.verdict, 'red');
  assert.match(answer.summary, /PROMPT\.md/);
});
