/** SIGKILL between any two phases, for real: a git on PATH that kills its parent, its grandparent or both. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { findGit } from '../scripts/effects/git.ts';
import {
  assertNothingLeft,
  commitLines,
  controllerOf,
  countOf,
  movesOfMain,
  sandboxFor,
  stateDirectory,
  told,
} from './helpers/sandbox.ts';

type Victim = 'promote' | 'loop' | 'both';

/** Puts a git in front of the real one that, once, at the first git command of a phase, kills its victims. */
function armShim(sandbox: Sandbox, phase: string, victim: Victim): string {
  const folder = path.join(sandbox.directory, 'shim');
  const fired = path.join(sandbox.directory, 'fired');
  const real = findGit(sandbox.env, sandbox.clone);
  const checkpoint = path.join(stateDirectory(sandbox), 'auto-promote-state.json');
  const parent = '$PPID';
  const grandparent = "$(sed 's/.*) //' /proc/$PPID/stat | cut -d' ' -f2)";
  const victims = { promote: parent, loop: grandparent, both: `${parent} ${grandparent}` }[victim];
  const script = `#!/bin/sh
if [ ! -e '${fired}' ] && grep -q '"phase": "${phase}"' '${checkpoint}' 2>/dev/null; then
  : > '${fired}'
  kill -9 ${victims}
  ${victim === 'loop' ? ':' : 'exit 137'}
fi
exec '${real}' "$@"
`;
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'git'), script);
  chmodSync(path.join(folder, 'git'), 0o755);
  sandbox.env.PATH = `${folder}:${sandbox.env.PATH ?? ''}`;
  return fired;
}

const phases = ['fetch', 'merge', 'worktree', 'qa', 'push', 'cleanup'] as const;

const points: readonly (readonly [string, Victim])[] = [
  ...phases.map((phase) => [phase, 'promote'] as const),
  ...phases.map((phase) => [phase, 'both'] as const),
  ['worktree', 'loop'],
  ['push', 'loop'],
];

for (const [phase, victim] of points) {
  test(`a SIGKILL of ${victim} at ${phase} lets the next run promote exactly once`, async (t) => {
    const sandbox = await sandboxFor(t);
    sandbox.plan([{ run: commitLines('work.txt'), claim: true }]);
    const fired = armShim(sandbox, phase, victim);
    const first = await sandbox.loopbreaker('loop');
    assert.ok(existsSync(fired), `the kill happened\n${told(first)}`);
    // Auto-promote alone dead: its loop itself goes on. The loop dead: a person or a timer starts it again.
    const last = victim === 'promote' ? first : await sandbox.loopbreaker('loop');
    if (victim !== 'promote') assert.equal(first.signal, 'SIGKILL', told(first));
    const claimed = await sandbox.git('rev-parse', 'agent/work');
    assert.equal(await sandbox.remoteGit('rev-parse', 'main'), claimed, told(last));
    assert.equal(last.exitCode, 0, told(last));
    assert.equal(await movesOfMain(sandbox), 1, 'the target moved once');
    assert.equal(countOf(sandbox, 'agent-begun'), 1, 'the agent was paid for once');
    assert.equal(controllerOf(sandbox).circuits.promote.state, 'closed');
    await assertNothingLeft(sandbox);
  });
}
