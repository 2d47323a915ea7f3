/** The retry budget: shared by all runs, spent by fetch and push, given back by successes, and shown. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { findGit } from '../scripts/effects/git.ts';
import { commitFile, controllerOf, sandboxFor, told } from './helpers/sandbox.ts';

/** A git whose remote is out of reach as long as the file `down` is there; each try leaves a line. */
function breakNetwork(sandbox: Sandbox) {
  const folder = path.join(sandbox.directory, 'shim');
  const [down, tries] = [path.join(folder, 'down'), path.join(folder, 'tries')];
  const script = `#!/bin/sh
case " $* " in *" ls-remote "*|*" fetch "*|*" push "*)
  if [ -e '${down}' ]; then echo x >> '${tries}'; echo "fatal: unable to access 'https://host/x/': Could not resolve host: host" >&2; exit 128; fi
esac
exec '${findGit(sandbox.env, sandbox.clone)}' "$@"
`;
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'git'), script);
  chmodSync(path.join(folder, 'git'), 0o755);
  writeFileSync(down, '');
  sandbox.env.PATH = `${folder}:${sandbox.env.PATH ?? ''}`;
  const tried = () => (existsSync(tries) ? readFileSync(tries, 'utf8').trim().split('\n').length : 0);
  return { tried, mend: () => rmSync(down) };
}

test('with the network down each run retries only as long as the shared budget lasts, and a success refills it', async (t) => {
  const retry = {
    attemptsMax: 3,
    baseSeconds: 1,
    capSeconds: 1,
    jitter: 'full',
    budgetTokens: 3,
    refillPerSuccess: 0.5,
  };
  const breaker = JSON.stringify({ sameSignatureMax: 9, failuresMax: 9, retry });
  const sandbox = await sandboxFor(t, { 'policy/breaker.json': breaker });
  await commitFile(sandbox, 'work.txt', 'work\n');
  const network = breakNetwork(sandbox);
  const perRun: number[] = [];
  for (let run = 0; run < 3; run += 1) {
    const before = network.tried();
    const end = await sandbox.loopbreaker('auto-promote');
    assert.equal(end.exitCode, 75, told(end));
    perRun.push(network.tried() - before);
  }
  assert.deepEqual(perRun, [3, 2, 1], 'three tokens, three retries');
  const status = JSON.parse((await sandbox.loopbreaker('status', '--json')).stdout);
  assert.deepEqual(status.retryBudget, { tokens: 0, size: 3 });
  assert.match((await sandbox.loopbreaker('status')).stdout, /retries {2}0 of 3 left for fetch and push/);
  assert.equal(controllerOf(sandbox).circuits.promote.consecutiveFailures, 3, 'one attempt, one failure');
  network.mend();
  const end = await sandbox.loopbreaker('auto-promote');
  assert.equal(end.exitCode, 0, told(end));
  assert.equal(controllerOf(sandbox).retryTokens, 0.5);
});
