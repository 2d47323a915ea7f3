/** `status --since` and `--run`: a night on one screen, and one run from its first line to its last. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type JournalRecord, nightOf, sinceMs } from '../scripts/core/night.ts';
import { ownRules } from '../scripts/core/own-failures.ts';
import { readCheckpoint } from '../scripts/effects/checkpoint.ts';
import { validateDocument } from '../scripts/effects/schema.ts';
import { nightText } from '../scripts/report/night.ts';
import type { ShownAttempt } from '../scripts/report/status.ts';
import { commitLines, controllerOf, journalOf, sandboxFor, stateDirectory, told } from './helpers/sandbox.ts';
import { hourMs, start } from './helpers/state.ts';
import { until } from './helpers/until.ts';

const line = (ms: number, event: string, more: object = {}): JournalRecord => ({
  at: new Date(start + ms).toISOString(),
  event,
  severity: 'info',
  ...more,
});

test('a night is counted from the time that was asked for, and what is routine is not listed', () => {
  const lines = [
    line(0, 'loop-begun', { revision: 1 }),
    line(1000, 'agent-begun', { run: 'run-1' }),
    line(2000, 'agent-ended', { run: 'run-1', rule: 'no-progress', why: 'The agent ended without changing anything.' }),
    line(hourMs, 'agent-begun', { run: 'run-2' }),
    line(hourMs + 1, 'agent-ended', { run: 'run-2', rule: null }),
    line(hourMs + 2, 'claimed', { run: 'run-2' }),
    line(hourMs + 3, 'promotion-begun', { run: 'run-3' }),
    line(hourMs + 4, 'promotion-ended', { run: 'run-3', outcome: 'promoted', branch: 'refs/heads/agent/work' }),
  ];
  const whole = nightOf(lines, start, start + 2 * hourMs, 10);
  assert.deepEqual(
    [whole.counts.agentRuns, whole.counts.agentFailures, whole.counts.promoted, whole.whole],
    [2, 1, 1, true],
  );
  assert.deepEqual(whole.agentFailures, [{ rule: 'no-progress', count: 1 }]);
  assert.deepEqual(
    whole.events.map(({ event, about }) => [event, about]),
    [
      ['agent-ended', 'no-progress'],
      ['claimed', null],
      ['promotion-ended', 'promoted agent/work'],
    ],
  );
  const late = nightOf(lines, start + hourMs, start + 2 * hourMs, 1);
  assert.deepEqual([late.counts.agentRuns, late.leftOut, late.events.length], [1, 1, 1]);
  assert.equal(nightOf(lines.slice(1), start, start + 2 * hourMs, 10).whole, false, 'its beginning is not known');
});

test('a worst night fits one screen of 24 lines and 80 columns, and no name steers the terminal', () => {
  const lines = Array.from({ length: 500 }, (_, index) =>
    line(index, 'promotion-ended', {
      outcome: 'try-later',
      rule: `rule-${index % 30}`,
      why: `\u001b[31m${'long '.repeat(100)}`,
      branch: 'refs/heads/x',
    }),
  );
  const text = nightText(nightOf(lines, start, start + hourMs, 13), 80);
  assert.ok(text.trimEnd().split('\n').length <= 24, text);
  for (const shown of text.split('\n')) assert.ok(shown.length <= 80, shown);
  assert.ok(!text.includes('\u001b'));
});

test('on a narrow terminal a night tells as much as on one of 80 columns, in more lines', () => {
  const why = 'The QA gate is red ("test" ended with exit code 1)';
  const lines = [line(0, 'promotion-ended', { outcome: 'blocked', rule: 'qa-red', why })];
  const words = (width: number) =>
    nightText(nightOf(lines, start, start + hourMs, 9), width)
      .split(/\s+/)
      .join(' ');
  for (const width of [30, 50]) {
    for (const shown of nightText(nightOf(lines, start, start + hourMs, 9), width).split('\n')) {
      assert.ok(shown.length <= width, shown);
    }
    assert.equal(words(width), words(80));
  }
});

test('a block is told once, and the date once for all events of a day', () => {
  const blocked = { run: 'run-2', outcome: 'blocked', rule: 'qa-red', why: 'red' };
  const lines = [
    line(0, 'promotion-ended', blocked),
    line(1, 'controller-written'),
    line(2, 'agent-ended', { run: 'run-1', rule: 'qa-red', why: 'red' }),
    line(3, 'agent-ended', { run: 'run-3', rule: 'no-progress', why: 'nothing' }),
    line(26 * hourMs, 'agent-ended', { run: 'run-4', rule: 'no-progress', why: 'nothing' }),
  ];
  const text = nightText(nightOf(lines, start, start + 27 * hourMs, 9), 80);
  assert.match(text, /failed: no-progress 2, qa-red 1/);
  const [first = '', next = ''] = [0, 26 * hourMs].map((ms) => new Date(start + ms).toISOString().slice(0, 10));
  assert.deepEqual(
    text
      .split('\n')
      .slice(-7, -1)
      .map((one) => one.trim().replace(/^\d\d:\d\d:\d\dZ /, '')),
    [
      'what happened',
      first,
      'promotion-ended blocked qa-red: red',
      'agent-ended no-progress: nothing',
      next,
      'agent-ended no-progress: nothing',
    ],
  );
});

test('claims with nothing to promote are counted apart, and a time of day is told as clocks here show it', (t) => {
  const { TZ } = process.env;
  t.after(() => {
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
  });
  const ended = (ms: number, rule: string, why: string) => line(ms, 'agent-ended', { run: 'run-1', rule, why });
  const lines = [
    ended(0, 'no-progress', ownRules.nothingToPromote.problem),
    ended(1, 'no-progress', ownRules.noProgress.problem),
    ended(2, 'claim-dirty', `${ownRules.claimDirty.problem} Not committed: a.txt`),
  ];
  const says = (zone: string) => {
    process.env.TZ = zone;
    return nightText(nightOf(lines, start, start + hourMs, 9), 80);
  };
  assert.match(says('UTC'), /claims {8}0; 2 more with nothing to promote\n/);
  assert.match(says('UTC'), /^since \S+Z \(60 min\)\n/);
  const there = (new Date(start).getUTCHours() + 9) % 24;
  assert.match(
    says('Asia/Tokyo'),
    new RegExp(`^since \\S+Z, ${String(there).padStart(2, '0')}:\\d\\d here; times are UTC \\(`),
  );
});

test('"since" takes a clock time, a duration and a date, and nothing else', () => {
  const now = new Date(2026, 0, 5, 7, 30).getTime();
  assert.equal(sinceMs('22:00', now), new Date(2026, 0, 4, 22, 0).getTime());
  assert.equal(sinceMs('07:30', now), now);
  assert.equal(sinceMs('8h', now), now - 8 * hourMs);
  assert.equal(sinceMs('90m', now), now - 1.5 * hourMs);
  assert.equal(sinceMs('2026-01-04T22:00:00Z', now), Date.UTC(2026, 0, 4, 22));
  for (const wrong of ['', 'yesterday', '24:00', '8', '-8h', '2027-01-01', '2026-13-01']) {
    assert.equal(sinceMs(wrong, now), null, wrong);
  }
});

test('after a night the journal tells it: paid runs, claims, promotions, stops; each line is valid, and a run can be followed', async (t) => {
  const sandbox = await sandboxFor(t);
  sandbox.plan([{}, { run: commitLines('work.txt'), claim: true }]);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 0, told(end));
  await sandbox.loopbreaker('hold', 'promote', '--why', 'release freeze');
  const journal = path.join(stateDirectory(sandbox), 'events.jsonl');
  for (const text of readFileSync(journal, 'utf8').trim().split('\n')) {
    assert.deepEqual(validateDocument('journal-event', JSON.parse(text), 'events.jsonl'), [], text);
  }
  // The journal was rotated in the middle of the night, and its last line is torn.
  renameSync(journal, `${journal}.old`);
  await sandbox.loopbreaker('loop');
  appendFileSync(journal, '{"at":"2026-01-05T00:00:00.000Z","event":"to');
  const asked = await sandbox.loopbreaker('status', '--since', '1h', '--json');
  const night = JSON.parse(asked.stdout);
  assert.deepEqual(validateDocument('night-output', night, 'stdout'), []);
  const { loops, agentRuns, agentFailures, claims, promotions, promoted, stops } = night.counts;
  assert.deepEqual(
    { loops, agentRuns, agentFailures, claims, promotions, promoted, stops },
    { loops: 2, agentRuns: 2, agentFailures: 1, claims: 1, promotions: 1, promoted: 1, stops: 1 },
  );
  const text = await sandbox.loopbreaker('status', '--since', '1h');
  assert.match(
    text.stdout,
    /agent runs {4}2 paid; failed: no-progress 1[\s\S]*loop-ended circuit-held?.*release freeze|loop-ended/,
  );
  assert.match(text.stdout, /\nnow\n {2}No loop is running\.[\s\S]*release freeze[\s\S]*\n *npm run clear -- promote/);
  const [begun] = journalOf(sandbox).filter(({ event }) => event === 'promotion-begun');
  const run = await sandbox.loopbreaker('status', '--run', begun?.run ?? '', '--json');
  const followed = JSON.parse(run.stdout);
  assert.deepEqual(validateDocument('run-output', followed, 'stdout'), []);
  const events = followed.lines.map((one: JournalRecord) => one.event);
  assert.deepEqual([events[0], events.at(-1)], ['promotion-begun', 'promotion-ended']);
  assert.ok(events.includes('phase'));
  const said = await sandbox.loopbreaker('status', '--run', begun?.run ?? '');
  assert.match(said.stdout, /^\S+Z promotion-begun.*\n(.*\n)*\S+Z phase phase=push/);
});

test('questions that cannot be answered are refused with what can be asked, and a journal that cannot be read is not a quiet night', async (t) => {
  const sandbox = await sandboxFor(t);
  await sandbox.loopbreaker('hold', '--why', 'x');
  for (const args of [
    ['--since', 'tomorrow'],
    ['--run', 'run-none'],
    ['--since', '1h', '--run', 'x'],
  ]) {
    const end = await sandbox.loopbreaker('status', ...args);
    assert.equal(end.exitCode, 2, told(end));
    assert.match(end.stderr, /status --help/);
  }
  mkdirSync(path.join(stateDirectory(sandbox), 'events.jsonl.old'));
  const end = await sandbox.loopbreaker('status', '--since', '1h');
  assert.equal(end.exitCode, 75, told(end));
  const [command = ''] = /npm run clear .*$/m.exec(end.stderr) ?? [];
  const args = command.replace('npm run clear -- ', '').split('"');
  assert.equal((await sandbox.loopbreaker('clear', '--why', args[1] ?? '')).exitCode, 0);
  assert.equal((await sandbox.loopbreaker('status', '--since', '1h')).exitCode, 0);
});

const deaths: Readonly<Record<string, readonly string[]>> = {
  'alone, and its promotion goes on': ['agent: the loop died while its claim was promoted'],
  'with its promotion': [
    'agent: the loop died while its claim was promoted',
    'promote: the promotion died, in the phase qa',
  ],
};

for (const [how, told] of Object.entries(deaths)) {
  test(`a loop that is killed while QA runs, ${how}, is told and counted as that in the morning`, async (t) => {
    const wait =
      '[ -e "$SANDBOX/go" ] && exit 0; : > "$SANDBOX/begun"; until [ -e "$SANDBOX/go" ]; do sleep 0.05; done';
    const qa = [{ name: 'slow', command: ['sh', '-c', wait], timeoutSeconds: 120 }];
    const sandbox = await sandboxFor(t, { 'policy/promote.json': JSON.stringify({ prepare: [], qa }) });
    sandbox.plan([{ run: commitLines('work.txt'), claim: true }]);
    const [program, ...args] = sandbox.argv('loop');
    const loop = spawn(program, args, { cwd: sandbox.clone, env: sandbox.env, stdio: 'ignore' });
    t.after(() => loop.kill('SIGKILL'));
    const over = new Promise((resolve) => loop.on('close', resolve));
    await until(() => existsSync(path.join(sandbox.directory, 'begun')));
    const during = JSON.parse((await sandbox.loopbreaker('status', '--json')).stdout);
    const claims = during.attempts.map((one: ShownAttempt) => [one.circuit, one.claimed]);
    assert.deepEqual(new Map(claims), new Map(Object.entries({ agent: true, promote: false })));
    const checkpoint = readCheckpoint(path.join(stateDirectory(sandbox), 'auto-promote-state.json'));
    if (told.length > 1) process.kill(checkpoint?.owner.pid ?? 0, 'SIGKILL');
    loop.kill('SIGKILL');
    await over;
    writeFileSync(path.join(sandbox.directory, 'go'), '');
    assert.equal((await sandbox.loopbreaker('loop')).exitCode, 0);
    const night = JSON.parse((await sandbox.loopbreaker('status', '--since', '1h', '--json')).stdout);
    assert.equal(night.counts.abandoned, 1, 'one death');
    const dead = journalOf(sandbox).filter(({ event }) => event === 'abandoned');
    assert.deepEqual(
      dead.map(({ circuit, why }) => `${circuit}: ${why}`),
      told,
    );
    assert.equal(controllerOf(sandbox).circuits.agent.consecutiveFailures, 0, 'the agent had done its part');
  });
}
