/** What a gate's install that fails means: for the branch, for the target, and for the agent that is paid. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { commitFile, sandboxFor, told } from './helpers/sandbox.ts';
import { promote, pushFile } from './helpers/strategies.ts';

/** A sandbox whose gate installs with these shell lines. */
function installing(t: TestContext, lines: string, more: Readonly<Record<string, string>> = {}): Promise<Sandbox> {
  const qa = [{ name: 'check', command: ['true'], timeoutSeconds: 60 }];
  const policy = { prepare: [['sh', '-c', lines]], qa };
  return sandboxFor(t, { 'policy/promote.json': JSON.stringify(policy), ...more });
}

test('an install without room blocks no branch, and its log is not called whole', async (t) => {
  const full = "echo 'npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write'";
  const sandbox = await installing(t, `${full}; echo 'npm error code EJSONPARSE'; exit 1`);
  await commitFile(sandbox, 'work.txt', 'work\n');
  const { report, ...end } = await promote(sandbox);
  assert.deepEqual([report.outcome, report.failure?.rule, end.exitCode], ['config-fatal', 'disk-full', 78], told(end));
  assert.match(report.failure?.remedy ?? '', /What of its output there was room for: .*prepare-1\.log$/);
  const status = JSON.parse((await sandbox.loopbreaker('status', '--json')).stdout);
  assert.equal(status.circuits.promote.state, 'open');
  assert.doesNotMatch(JSON.stringify(status), /"blocked"/);
});

/** A sandbox that `npm ci` refuses: nobody has committed a lockfile. */
function withoutLockfile(t: TestContext): Promise<Sandbox> {
  const qa = [{ name: 'check', command: ['true'], timeoutSeconds: 60 }];
  const policy = { prepare: [['npm', 'ci', '--offline']], qa };
  return sandboxFor(t, { 'policy/promote.json': JSON.stringify(policy) });
}

test('a target that cannot be installed is not blamed on a branch, and frees what waits when it moves', async (t) => {
  const sandbox = await withoutLockfile(t);
  await commitFile(sandbox, 'work.txt', 'work\n');
  const { report, ...end } = await promote(sandbox);
  assert.deepEqual([report.outcome, report.failure?.rule], ['config-fatal', 'target-install-broken'], told(end));
  assert.equal(end.exitCode, 78);
  assert.match(
    report.failure?.problem ?? '',
    /^main itself cannot be installed: .* \("npm ci --offline" ended with exit/,
  );
  assert.match(report.failure?.tail ?? '', /can only install with an existing package-lock\.json/);
  const [command = ''] = (report.failure?.remedy ?? '').split(' shows it. ');
  const typed = spawnSync('bash', ['-c', command], { cwd: sandbox.clone, env: sandbox.env, encoding: 'utf8' });
  assert.match(typed.stderr, /EUSAGE/, command);
  assert.equal((await promote(sandbox)).report.outcome, 'quarantined');
  await pushFile(sandbox, 'package-lock.json', JSON.stringify({ name: 'sandbox', lockfileVersion: 3, packages: {} }));
  assert.notEqual((await promote(sandbox)).report.outcome, 'quarantined');
});

test('a branch that changes what is installed answers for an install that fails', async (t) => {
  const sandbox = await withoutLockfile(t);
  await commitFile(sandbox, '.npmrc', 'fund=false\n');
  const { report, ...end } = await promote(sandbox);
  assert.deepEqual([report.outcome, report.failure?.rule], ['blocked', 'dependencies-broken'], told(end));
});
