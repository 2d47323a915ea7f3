/**
 * Clocks that jump while something is going on, through the real store, the real breaker and real git: the commands'
 * own functions, wired with a world whose clock moves by hand.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ownFailure } from '../scripts/core/classify.ts';
import type { ClockReading } from '../scripts/core/clock.ts';
import { withEvent } from '../scripts/core/controller.ts';
import { ownRules } from '../scripts/core/own-failures.ts';
import type { PromotionEnd } from '../scripts/core/promotion.ts';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { drive } from '../scripts/drive.ts';
import { openWorld, type World } from '../scripts/effects/world.ts';
import { runPromotion } from '../scripts/promote-run.ts';
import { beginPromotion, finishPromotion } from '../scripts/promotion-attempt.ts';
import { recover } from '../scripts/recover.ts';
import { openLoopReport } from '../scripts/report/loop.ts';
import { settleCircuits } from '../scripts/settle-circuits.ts';
import { spawnPromotion } from '../scripts/spawn-promote.ts';
import { readStatus } from '../scripts/status.ts';
import { openWorkspace, type Workspace } from '../scripts/workspace.ts';
import { commitFile, commitLines, controllerOf, countOf, journalOf, sandboxFor } from './helpers/sandbox.ts';
import {
  dayMs,
  defaultBreakerPolicy,
  type HandClock,
  handClock,
  hourMs,
  minuteMs,
  transient,
} from './helpers/state.ts';

const policy = defaultBreakerPolicy();
const baseMs = policy.quarantine.baseSeconds * 1000;
const longestBaseMs = baseMs * (1 + policy.quarantine.jitterRatio);
const leaseMs = policy.probeLeaseSeconds * 1000;
const yearMs = 365 * dayMs;
const silent = { write: () => undefined };

/** The commands' workspace under a clock of ours; the processes, and who is alive, are real. */
function open(sandbox: Sandbox, clock: () => ClockReading, more: Partial<World> = {}): Promise<Workspace> {
  const { bootId } = clock();
  const real = openWorld();
  const self = { ...real.self, bootId };
  // An owner of another boot is gone; one of this boot is asked of the system.
  const liveness: World['liveness'] = (owner) =>
    owner.bootId === bootId ? real.liveness({ ...owner, bootId: real.self.bootId }) : 'other-boot';
  const world: World = { ...real, clock, self, liveness, ...more };
  return openWorkspace({ directory: sandbox.clone, env: sandbox.env, stderr: silent, world });
}

async function triggerOf(sandbox: Sandbox) {
  return { branch: 'refs/heads/agent/work', sha: await sandbox.git('rev-parse', 'agent/work') };
}

const failedEnd = (): PromotionEnd => {
  const failure = ownFailure('push', ownRules.pushUnknown);
  return { outcome: 'try-later', why: failure.problem, failure };
};

let runs = 0;
const newRun = (): string => {
  runs += 1;
  return `run-${String(runs).padStart(12, '0')}`;
};

/** One promotion that fails as transient; whether the breaker admitted it. */
async function failOnce(workspace: Workspace, sandbox: Sandbox): Promise<boolean> {
  const runId = newRun();
  const begun = await beginPromotion(workspace, runId, await triggerOf(sandbox));
  if (begun.admitted) await finishPromotion(workspace, runId, failedEnd(), begun.evidence);
  return begun.admitted;
}

/** A sandbox whose promote circuit has just been opened by three failures. */
async function quarantined(t: TestContext): Promise<{ sandbox: Sandbox; clock: HandClock; workspace: Workspace }> {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'work.txt', 'work\n');
  const clock = handClock();
  const workspace = await open(sandbox, clock.read);
  for (let count = 0; count < policy.sameSignatureMax; count += 1) assert.ok(await failOnce(workspace, sandbox));
  assert.equal(controllerOf(sandbox).circuits.promote.state, 'open');
  return { sandbox, clock, workspace };
}

test('an hour back or a year forward in the middle of a quarantine neither ends nor prolongs it', async (t) => {
  const { sandbox, clock, workspace } = await quarantined(t);
  clock.pass(baseMs / 2);
  for (const jump of [-hourMs, yearMs]) {
    clock.setWallBy(jump);
    assert.equal(await failOnce(workspace, sandbox), false, `not admitted early after a jump of ${jump} ms`);
    const { nextEligibleAt } = await readStatus(workspace);
    const leftMs = Date.parse(nextEligibleAt ?? '') - clock.read().wallMs;
    assert.ok(
      leftMs > 0 && leftMs <= longestBaseMs / 2 + baseMs,
      `status names a time that people can wait for: ${leftMs}`,
    );
  }
  clock.pass(longestBaseMs - baseMs / 2);
  assert.equal(await failOnce(workspace, sandbox), true, 'admitted when its time is over');
});

test('a reboot with a clock that went an hour back costs a quarantine at most one full period', async (t) => {
  const { sandbox, clock } = await quarantined(t);
  clock.pass(baseMs / 2);
  clock.reboot(-hourMs);
  const workspace = await open(sandbox, clock.read);
  assert.equal(await failOnce(workspace, sandbox), false);
  clock.pass(longestBaseMs);
  assert.equal(await failOnce(workspace, sandbox), true);
});

test('a reboot alone does not end a quarantine, and a clock that went a year forward at a reboot is believed', async (t) => {
  const { sandbox, clock } = await quarantined(t);
  clock.reboot(minuteMs);
  assert.equal(await failOnce(await open(sandbox, clock.read), sandbox), false);
  clock.reboot(yearMs);
  assert.equal(await failOnce(await open(sandbox, clock.read), sandbox), true);
});

test('the lease of a probe neither expires at a year forward nor outlives its owner’s reboot', async (t) => {
  const { sandbox, clock, workspace } = await quarantined(t);
  clock.pass(longestBaseMs);
  const probe = newRun();
  const begun = await beginPromotion(workspace, probe, await triggerOf(sandbox));
  assert.ok(begun.admitted);
  for (const jump of [-hourMs, yearMs]) {
    clock.setWallBy(jump);
    assert.equal(await failOnce(workspace, sandbox), false, 'one probe at a time');
  }
  assert.equal(controllerOf(sandbox).circuits.promote.failedProbes, 0, 'the lease has not expired');
  clock.setWallBy(-yearMs);
  clock.reboot(-hourMs);
  const afterReboot = await open(sandbox, clock.read);
  await recover(afterReboot);
  assert.equal(controllerOf(sandbox).circuits.promote.failedProbes, 0, 'a reboot is an interruption, no failure');
  assert.equal(await failOnce(afterReboot, sandbox), true, 'the permit is free again');
});

test('a lease whose owner never reports ends after its time by the steady clock, whatever the wall clock says', async (t) => {
  const { sandbox, clock, workspace } = await quarantined(t);
  clock.pass(longestBaseMs);
  assert.ok((await beginPromotion(workspace, newRun(), await triggerOf(sandbox))).admitted);
  clock.setWallBy(-hourMs);
  clock.pass(leaseMs - minuteMs);
  await settleCircuits(workspace);
  assert.equal(controllerOf(sandbox).circuits.promote.failedProbes, 0);
  clock.pass(2 * minuteMs);
  await settleCircuits(workspace);
  assert.equal(controllerOf(sandbox).circuits.promote.failedProbes, 1);
});

test('a promotion whose wall clock jumps at every look lands once, and the journal’s times never go back', async (t) => {
  const sandbox = await sandboxFor(t);
  const head = await commitFile(sandbox, 'work.txt', 'work\n');
  const steady = handClock();
  const jumps = [0, -hourMs, yearMs, -dayMs];
  let looks = 0;
  const wild = (): ClockReading => {
    steady.pass(5);
    looks += 1;
    const { wallMs, ...rest } = steady.read();
    return { ...rest, wallMs: wallMs + (jumps[looks % jumps.length] ?? 0) };
  };
  const workspace = await open(sandbox, wild);
  const runId = newRun();
  const begun = await beginPromotion(workspace, runId, await triggerOf(sandbox));
  assert.ok(begun.admitted);
  const lock = await workspace.takeLock(workspace.store.files.promoteLock, 0, runId);
  assert.ok(lock !== null);
  t.after(lock.release);
  const options = { workspace, runId, lockFd: lock.fd, refusedByBreaker: async () => null };
  const report = await runPromotion(
    { ...options, signal: new AbortController().signal, tell: () => undefined },
    await triggerOf(sandbox),
  );
  await finishPromotion(workspace, runId, { outcome: report.outcome, why: report.why, failure: null }, begun.evidence);
  assert.equal(report.outcome, 'promoted', JSON.stringify(report));
  assert.equal(await sandbox.remoteGit('rev-parse', 'main'), head);
  assert.equal(controllerOf(sandbox).circuits.promote.state, 'closed');
  const times = journalOf(sandbox).map(({ at }) => Date.parse(at));
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  );
  assert.ok((times.at(-1) ?? 0) - (times[0] ?? 0) < minuteMs, 'believed time is the steady one');
});

test('a waiting loop whose clock goes an hour back, or a year forward, runs its agent when the quarantine is over', async (t) => {
  for (const jump of [-hourMs, yearMs]) {
    const waiting = {
      agent: { command: ['node', 'agent.mjs'], output: 'text', timeoutSeconds: 60, idleTimeoutSeconds: 30 },
    };
    const sandbox = await sandboxFor(t, {
      'policy/loop.json': JSON.stringify({ ...waiting, whenQuarantined: 'wait' }),
    });
    sandbox.plan([{ run: commitLines('work.txt') }]);
    const clock = handClock();
    let slept = 0;
    const sleep = (ms: number) => {
      // The loop looks each second; this one looks twice a minute, so that the test does not take as long.
      const pass = Math.max(ms, minuteMs / 2);
      if (slept < baseMs / 2 && slept + pass >= baseMs / 2) clock.setWallBy(jump);
      slept += pass;
      clock.pass(pass);
      assert.ok(slept < 3 * longestBaseMs, 'the wait has an end');
      assert.equal(slept < baseMs && countOf(sandbox, 'agent-begun') > 0, false, 'no agent runs early');
      return Promise.resolve();
    };
    const workspace = await open(sandbox, clock.read, { sleep });
    const failure = { ...transient(), runId: newRun(), era: 0 };
    for (let count = 0; count < policy.sameSignatureMax; count += 1) {
      await workspace.store.update((controller, now) => ({
        controller: withEvent(controller, 'agent', failure, policy, now),
        entries: [],
      }));
    }
    assert.equal(controllerOf(sandbox).circuits.agent.state, 'open');
    const report = openLoopReport({ json: false, stdout: silent, stderr: silent }, () => 0);
    const [home, abort] = ['refs/heads/agent/work', new AbortController().signal];
    const state = { spawnPromotion, iterations: 0, lastPromotion: null, feedback: null };
    await drive({ workspace, home, branches: new Set([home]), iterationsMax: 1, report, abort, ...state });
    assert.equal(countOf(sandbox, 'agent-begun'), 1);
    assert.ok(slept >= baseMs, `it waited ${slept} ms`);
    assert.ok(slept <= longestBaseMs + minuteMs, `it waited ${slept} ms`);
  }
});
