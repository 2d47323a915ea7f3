/** Who may re-arm a circuit, and by what it has seen: another process has another PATH, and may act between two looks. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type Controller, withEvent } from '../scripts/core/controller.ts';
import { type Evidence, evidenceOf } from '../scripts/core/evidence.ts';
import { settleCircuits } from '../scripts/settle-circuits.ts';
import { openWorkspace } from '../scripts/workspace.ts';
import { commitFile, controllerOf, countOf, loopbreakerWith, sandboxFor, told } from './helpers/sandbox.ts';
import { defaultBreakerPolicy } from './helpers/state.ts';

test('a promotion by hand does not re-arm the agent of a loop that has another PATH', async (t) => {
  const agent = { command: ['late-agent'], timeoutSeconds: 60, idleTimeoutSeconds: 30 };
  const sandbox = await sandboxFor(t, { 'policy/loop.json': JSON.stringify({ agent }) });
  assert.equal((await sandbox.loopbreaker('loop')).exitCode, 78);
  const bin = path.join(sandbox.directory, 'bin');
  mkdirSync(bin);
  writeFileSync(path.join(bin, 'late-agent'), '#!/bin/sh\nexec node agent.mjs\n', { mode: 0o755 });
  await commitFile(sandbox, 'work.txt', 'work\n');
  const end = await loopbreakerWith(sandbox, { PATH: `${bin}:${process.env.PATH}` }, 'auto-promote');
  assert.equal(end.exitCode, 0, told(end));
  assert.equal(controllerOf(sandbox).circuits.agent.state, 'open');
  assert.equal((await sandbox.loopbreaker('loop')).exitCode, 78);
  assert.equal(countOf(sandbox, 'agent-begun'), 1);
});

/** The controller whose promote circuit has just been opened by a failure that depended on this. */
function opened(controller: Controller, evidence: Evidence, now: number): Controller {
  const { era } = controller.circuits.promote;
  const failure = { type: 'config-fatal', runId: 'run-000000000001', era, signature: 's', why: 'w', evidence } as const;
  return withEvent(controller, 'promote', failure, defaultBreakerPolicy(), now);
}

test('what was seen of a circuit says nothing of one that another process has opened meanwhile', async (t) => {
  const sandbox = await sandboxFor(t);
  const workspace = await openWorkspace({ directory: sandbox.clone, env: sandbox.env, stderr: process.stderr });
  const { store, policies } = workspace;
  const open = (name: string) =>
    store.update((controller, now) => {
      const cleared = withEvent(controller, 'promote', { type: 'clear' }, policies.breaker, now);
      return { controller: opened(cleared, evidenceOf('remote-target', [{ name, sha256: 'x' }]), now), entries: [] };
    });
  await open('one');
  const { era } = controllerOf(sandbox).circuits.promote;
  const askTarget = async () => {
    await open('two');
    return null;
  };
  await settleCircuits({ ...workspace, evidence: { ...workspace.evidence, askTarget } });
  const { promote } = controllerOf(sandbox).circuits;
  assert.ok(promote.era > era, 'it was opened anew');
  assert.equal(promote.state, 'open');
  await settleCircuits(workspace);
  assert.equal(controllerOf(sandbox).circuits.promote.state, 'half-open', 'what is seen of itself counts');
});
