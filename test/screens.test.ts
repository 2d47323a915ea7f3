/** What loop and status print: each sentence once, within the columns of the terminal, commands whole. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failure } from '../scripts/core/failure.ts';
import { shellWord } from '../scripts/core/shell-word.ts';
import type { Stop } from '../scripts/core/stop.ts';
import { openLoopReport } from '../scripts/report/loop.ts';
import { standingText } from '../scripts/report/standing.ts';
import { type StatusReport, statusText } from '../scripts/report/status.ts';
import { wrapped } from '../scripts/report/terminal.ts';

const why =
  'The entry point, or a module that it imports, is missing. Missing: /home/me/project/scripts/auto-promote.ts';
const clear = 'npm run clear -- promote --why "your reason"';
const now = Date.UTC(2026, 0, 5);
const stop: Stop = {
  circuit: 'promote',
  code: 'circuit-config-fatal',
  why,
  since: now,
  until: now + 86_400_000,
  inputs: [],
  remedy: `npm run doctor prints what brings it back. In /home/me/project that is noticed by itself. Or: ${clear}`,
  exitCode: 78,
};
const failure: Failure = {
  class: 'config-fatal',
  subclass: 'missing',
  rule: 'entry-point-missing',
  phase: 'spawn',
  signature: 'sha256:00',
  problem: why,
  remedy: stop.remedy,
};

function loopSays(play: (report: ReturnType<typeof openLoopReport>) => void): string {
  let text = '';
  const sink = { write: (chunk: string | Uint8Array) => (text += String(chunk)) };
  play(openLoopReport({ json: false, stdout: sink, stderr: sink }, () => 0));
  return text;
}

const timesSaid = (text: string) => text.split(why).length - 1;

test('a loop that stops says its reason once, whether a promotion, the agent or nothing was tried before', () => {
  const stopped = { do: 'stop', exitCode: 78, why, stop } as const;
  const afterPromotion = loopSays((report) => {
    report.promoted({ outcome: 'config-fatal', why, failure });
    report.stopped(stopped);
  });
  const afterAgent = loopSays((report) => {
    report.judged({ kind: 'failure', failure });
    report.stopped(stopped);
  });
  const waiting = loopSays((report) => report.waiting(why, stop, 1000));
  const atOnce = loopSays((report) => report.stopped(stopped));
  for (const text of [afterPromotion, afterAgent, waiting, atOnce]) assert.equal(timesSaid(text), 1, text);
  assert.match(atOnce, /^loop: {3}why: The entry point/m);
});

const report: StatusReport = {
  alive: false,
  loops: [],
  state: 'read',
  circuits: {
    agent: { state: 'closed', era: 0, consecutiveFailures: 0, failedProbes: 0, lastFailureClass: null, stop: null },
    promote: {
      state: 'open',
      era: 1,
      consecutiveFailures: 1,
      failedProbes: 0,
      lastFailureClass: 'config-fatal',
      stop: { ...stop, since: '2026-01-05T00:00:00.000Z', until: '2026-01-06T00:00:00.000Z' },
    },
  },
  retryBudget: { tokens: 10, size: 10 },
  last: null,
  triggers: [
    {
      branch: 'refs/heads/agent/work',
      sha: 'a'.repeat(40),
      state: 'blocked',
      why,
      remedy: 'mend the branch and commit',
    },
  ],
  attempts: [],
  worktrees: [],
  flakes: [],
  bypasses: [],
  whyNotRunning: `promote: ${why}`,
  whatWouldChangeIt: stop.remedy,
  nextEligibleAt: null,
};

for (const width of [30, 40, 80]) {
  test(`at ${width} columns nothing of status is wider but a command or a path, and a command is whole on its line`, () => {
    const lines = statusText(report, now, width).trimEnd().split('\n');
    const wide = lines.filter((line) => line.length > width).map((line) => line.trim());
    assert.deepEqual(
      wide.filter((line) => line !== clear && line.includes(' ')),
      [],
    );
    assert.ok(lines.some((line) => line.trim() === clear));
  });
}

test('in the morning what stands now ends the night: the command that mends it, or that nothing has to be mended', () => {
  const free = { ...report.circuits.agent, stop: null };
  const well = { ...report, circuits: { agent: free, promote: free }, triggers: [], whyNotRunning: null } as const;
  const ended = { at: new Date(now).toISOString(), event: 'loop-ended', why: 'the doctor is not green' } as const;
  const says = (changes: object) => standingText({ ...well, ...changes }, now, 80);
  assert.match(says({}), /^\nnow\n {2}No loop is running\.\n {2}Nothing has to be mended; npm run loop .*\n$/);
  assert.match(says({ last: { ...ended, code: null } }), /Nothing has to be mended/);
  const refused = says({ last: { ...ended, code: 'doctor-red' } });
  assert.match(refused, /the doctor is not green\n {2}to mend it: npm run doctor names/);
  assert.doesNotMatch(refused, /Nothing has to be mended/);
  const blocked = says({ triggers: report.triggers });
  assert.match(blocked, /blocked {5}agent\/work.*\n {4}why: [\s\S]*to mend it: mend the branch and commit\n$/);
  const stopped = says({ circuits: report.circuits, whyNotRunning: why });
  assert.match(stopped, /\n *npm run clear -- promote --why "your reason"\n/);
  for (const text of [blocked, stopped]) assert.doesNotMatch(text, /Nothing has to be mended/);
  assert.doesNotMatch(says({ alive: true }), /Nothing has to be mended/, 'it goes on by itself');
});

test('what is under way is told with its phase, for how long, and where its log grows', () => {
  const attempt = {
    runId: 'run-1',
    phase: 'qa',
    owner: 'alive',
    orphans: 0,
    claimed: false,
    outcome: null,
    startedAt: new Date(now - 125_000).toISOString(),
  } as const;
  const attempts = [
    { ...attempt, circuit: 'promote', log: '/r/run-1.qa-test.log' },
    { ...attempt, circuit: 'agent', phase: 'agent', log: null },
  ] as const;
  const text = statusText({ ...report, attempts }, now, 200);
  assert.match(text, /promotion, phase qa, run-1 for 3 min, owner alive\n {4}log: \/r\/run-1\.qa-test\.log\n/);
  assert.match(text, /agent run run-1 for 3 min, owner alive\n/);
  const [promoting, agent] = attempts;
  const claimed = statusText({ ...report, attempts: [promoting, { ...agent, claimed: true }] }, now, 200);
  assert.match(claimed, /agent run run-1 has ended; its claim is being promoted\n/);
});

test('what a dead loop has started and what still works is told, and what the next loop does with it', () => {
  const dead = { runId: 'run-1', circuit: 'agent', phase: 'agent', owner: 'dead', outcome: null, log: null } as const;
  const startedAt = new Date(now - 125_000).toISOString();
  const last = { at: startedAt, event: 'agent-begun', why: null, code: null };
  const working = statusText(
    { ...report, last, attempts: [{ ...dead, startedAt, orphans: 2, claimed: false }] },
    now,
    200,
  );
  assert.match(working, /^No loop is running, but what a dead one has started is still at work\.\n/);
  assert.match(working, /npm run loop ends what is left of it, settles that and goes on/);
  assert.match(working, /run-1 for 3 min, owner dead, and 2 processes of it still at work\n/);
  const over = statusText({ ...report, last, attempts: [{ ...dead, startedAt, orphans: 0, claimed: true }] }, now, 200);
  assert.match(over, /^No loop is running\.\n[\s\S]*npm run loop settles that and goes on[\s\S]*owner dead\n/);
});

test('a promotion that outlived its loop and has ended is told with what it came to', () => {
  const startedAt = new Date(now - 125_000).toISOString();
  const ended = {
    runId: 'run-1',
    circuit: 'promote',
    phase: 'spawn',
    owner: 'dead',
    orphans: 0,
    claimed: false,
    log: '/r/run-1.log',
  } as const;
  const text = statusText({ ...report, attempts: [{ ...ended, startedAt, outcome: 'promoted' }] }, now, 200);
  assert.match(text, /promotion run-1 has ended \(promoted\); the next npm run loop writes that down\n/);
});

const accept = `npm run promote -- --branch agent/work --accept-protected ${'a'.repeat(40)} --why "your reason"`;

for (const width of [30, 50, 80]) {
  test(`at ${width} columns a command in the middle of a sentence stays on one line, to be copied`, () => {
    const remedy = `a person reviews the change, then: ${accept}; or the branch takes it back`;
    const triggers = report.triggers.map((trigger) => ({ ...trigger, remedy }));
    const lines = statusText({ ...report, triggers }, now, width).split('\n');
    const [line = ''] = lines.filter((one) => one.includes('--accept-protected'));
    assert.equal(line.trim(), `${accept};`);
    assert.match(lines.join(' ').replace(/\s+/g, ' '), /; or the branch takes it back/);
  });
}

test('a sentence between two commands is wrapped, and each of them is a line to be copied', () => {
  const clearIt = 'npm run clear -- agent --why "your reason"';
  const prose = 'removes the lock of a git that has died, and when that is not enough a person lets it go on with';
  const lines = wrapped(`npm run doctor -- --fix ${prose} ${clearIt} and nothing else`, 2, 60);
  assert.deepEqual(
    lines.filter((line) => line.length > 60),
    [],
  );
  assert.ok(lines.some((line) => line.includes(clearIt)));
  const odd = `npm run clear -- ${shellWord('agent/it\'s;"odd"')} --why "your reason"`;
  assert.equal(wrapped(`mend it, then: ${odd}`, 0, 30).at(-1), odd);
});

test('status has the same words at every width', () => {
  const words = (width: number) => statusText(report, now, width).split(/\s+/).join(' ');
  for (const width of [30, 40, 80]) assert.equal(words(width), words(1000));
});
