/** A sandbox in which the target has moved on since the branch began: what strategies other than ff-only are for. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import type { Strategy } from '../../scripts/core/policy.ts';
import type { Sandbox } from '../../scripts/demo/sandbox.ts';
import { openGit } from '../../scripts/effects/git.ts';
import { validateDocument } from '../../scripts/effects/schema.ts';
import type { PromotionReport } from '../../scripts/report/promotion.ts';
import { sandboxFor, told } from './sandbox.ts';

/** A sandbox whose trusted policy has this strategy and a gate. */
export function strategySandbox(t: TestContext, strategy: Strategy, more: Readonly<Record<string, unknown>> = {}) {
  const policy = { prepare: [], qa: [{ name: 'check', command: ['node', 'check.mjs'], timeoutSeconds: 60 }], strategy };
  return sandboxFor(t, { 'policy/promote.json': JSON.stringify({ ...policy, ...more }) });
}

/** Runs auto-promote and holds its JSON to the schema. */
export async function promote(sandbox: Sandbox, ...args: readonly string[]) {
  const end = await sandbox.loopbreaker('auto-promote', '--json', ...args);
  assert.notEqual(end.stdout, '', told(end));
  const report: PromotionReport = JSON.parse(end.stdout);
  assert.deepEqual(validateDocument('auto-promote-output', report, 'stdout'), []);
  return { ...end, report };
}

/** Commits a file on top of the remote's main as somebody else would, without touching the clone's checkout. */
export async function pushFile(sandbox: Sandbox, name: string, text: string): Promise<string> {
  const main = await sandbox.remoteGit('rev-parse', 'main');
  const other = `${sandbox.directory}/other`;
  await sandbox.remoteGit('worktree', 'add', '--quiet', '--detach', other, main);
  const git = openGit(other, sandbox.env);
  writeFileSync(`${other}/${name}`, text);
  for (const args of [
    ['add', '--', name],
    ['commit', '--quiet', `--message=somebody else: ${name}`],
  ]) {
    const end = await git(args);
    assert.equal(end.exitCode, 0, end.stderr);
  }
  const head = (await git(['rev-parse', 'HEAD'])).stdout.trim();
  await sandbox.remoteGit('worktree', 'remove', '--force', other);
  await sandbox.remoteGit('update-ref', 'refs/heads/main', head);
  return head;
}
