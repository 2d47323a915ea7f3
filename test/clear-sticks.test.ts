/** What a person clears stays clear: a run that was in progress, and then fails, does not undo it. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { commitFile, commitLines, controllerOf, countOf, journalOf, sandboxFor, told } from './helpers/sandbox.ts';
import { until } from './helpers/until.ts';

/** Says that it has begun, and fails when it is told to go on. */
const stalled = (code: number) =>
  `: > "$SANDBOX/began"; while [ ! -e "$SANDBOX/go" ]; do sleep 0.05; done; echo "it is red"; exit ${code}`;

const hasBegun = (sandbox: Sandbox) => () => existsSync(path.join(sandbox.directory, 'began'));
const letGo = (sandbox: Sandbox) => writeFileSync(path.join(sandbox.directory, 'go'), '');

const nervous = { 'policy/breaker.json': JSON.stringify({ sameSignatureMax: 1 }) };

test('a promotion that fails after the circuit was cleared moves nothing, and is tried again at once', async (t) => {
  const command = ['sh', '-c', `[ -e "$SANDBOX/go" ] && exit 75; ${stalled(78)}`];
  const sandbox = await sandboxFor(t, {
    ...nervous,
    'policy/promote.json': JSON.stringify({ prepare: [], qa: [], command }),
  });
  sandbox.plan([{ run: commitLines('work.txt'), claim: true }]);
  const loop = sandbox.loopbreaker('loop');
  await until(hasBegun(sandbox));
  assert.equal((await sandbox.loopbreaker('clear', 'promote', '--why', 'the key is renewed')).exitCode, 0);
  letGo(sandbox);
  const end = await loop;
  const [first, second] = journalOf(sandbox).filter((line) => line.event === 'promotion-ended');
  assert.deepEqual([first?.class, second?.class], ['config-fatal', 'transient'], told(end));
  assert.equal(end.exitCode, 75, 'stopped by the second, whose own failure counts');
});

test('an agent that fails after its circuit was cleared is nobody’s failure', async (t) => {
  const agent = { command: ['sh', '-c', stalled(1)], output: 'text', timeoutSeconds: 60, idleTimeoutSeconds: 60 };
  const sandbox = await sandboxFor(t, { ...nervous, 'policy/loop.json': JSON.stringify({ agent, iterationsMax: 1 }) });
  const loop = sandbox.loopbreaker('loop');
  await until(hasBegun(sandbox));
  assert.equal((await sandbox.loopbreaker('clear', 'agent', '--why', 'looked at')).exitCode, 0);
  letGo(sandbox);
  const end = await loop;
  assert.equal(end.exitCode, 0, told(end));
  assert.equal(countOf(sandbox, 'agent-ended'), 1);
  const { state, consecutiveFailures } = controllerOf(sandbox).circuits.agent;
  assert.deepEqual([state, consecutiveFailures], ['closed', 0]);
});

test('a branch that was cleared while its gate ran is not blocked by what the gate then finds', async (t) => {
  const qa = [{ name: 'check', command: ['sh', '-c', stalled(1)], timeoutSeconds: 60 }];
  const sandbox = await sandboxFor(t, { 'policy/promote.json': JSON.stringify({ prepare: [], qa }) });
  await commitFile(sandbox, 'work.txt', 'work\n');
  const first = sandbox.loopbreaker('auto-promote');
  await until(hasBegun(sandbox));
  const cleared = await sandbox.loopbreaker('clear', 'agent/work', '--why', 'the gate was wrong');
  assert.equal(cleared.exitCode, 0, told(cleared));
  letGo(sandbox);
  const ended = await first;
  assert.equal(ended.exitCode, 1, told(ended));
  const status = JSON.parse((await sandbox.loopbreaker('status', '--json')).stdout);
  assert.deepEqual(status.triggers, [], 'nothing stands against the branch');
  assert.equal((await sandbox.loopbreaker('auto-promote')).exitCode, 1);
  const again = JSON.parse((await sandbox.loopbreaker('status', '--json')).stdout);
  assert.equal(again.triggers[0]?.state, 'blocked', 'a run that began afterwards may block it');
});

test('a clear takes the back-off with it: what was quarantined is pending', async (t) => {
  const sandbox = await sandboxFor(t);
  await sandbox.git('remote', 'rename', 'origin', 'elsewhere');
  await commitFile(sandbox, 'work.txt', 'work\n');
  assert.equal((await sandbox.loopbreaker('auto-promote')).exitCode, 78);
  assert.equal(controllerOf(sandbox).triggers[0]?.state, 'quarantined');
  await sandbox.loopbreaker('clear', 'promote', '--why', 'I know');
  const [trigger] = controllerOf(sandbox).triggers;
  assert.deepEqual([trigger?.state, trigger?.notBefore], ['pending', null]);
});
