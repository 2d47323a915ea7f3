/** The demo's sandbox for tests, and the questions that tests ask of it. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { type ControllerFile, decodeController } from '../../scripts/core/controller-file.ts';
import { makeSandbox, type Sandbox } from '../../scripts/demo/sandbox.ts';
import type { JournalLine } from '../../scripts/effects/journal.ts';
import { readJournalTail } from '../../scripts/effects/journal.ts';
import { executeDirectly, type ProcessResult } from '../../scripts/effects/process.ts';
import { type Program, programIn } from '../../scripts/effects/program.ts';
import { validateDocument } from '../../scripts/effects/schema.ts';
import { copiedSandbox } from './sandbox-copies.ts';

/**
 * A sandbox that is gone after the test. `changes` replace files of the adopted repository. Its program is the built one,
 * if none is named.
 */
export async function sandboxFor(
  t: TestContext,
  changes: Readonly<Record<string, string>> = {},
  program?: Program,
): Promise<Sandbox> {
  const sandbox = program === undefined ? await copiedSandbox(changes) : await makeSandbox(changes, program);
  t.after(() => sandbox.dispose());
  await sandbox.remoteGit('config', 'core.logAllRefUpdates', 'true');
  return sandbox;
}

/** The package.json of an adopted repository: npm scripts for these commands of the built program. */
export function packageJsonFor(...names: readonly string[]): string {
  const cli = `node ${programIn('', true).commandFile('cli')}`;
  const scripts = Object.fromEntries(names.map((name) => [name, `${cli} ${name}`]));
  return JSON.stringify({ name: 'sandbox', private: true, type: 'module', scripts });
}

export const stateDirectory = (sandbox: Sandbox): string => path.join(sandbox.clone, '.git', 'loopbreaker');

/** The journal's lines, oldest first; each is held to the schema, since what a run writes is a contract. */
export function journalOf(sandbox: Sandbox): readonly JournalLine[] {
  const tail = readJournalTail(path.join(stateDirectory(sandbox), 'events.jsonl'));
  const lines = tail.kind === 'lines' ? tail.lines : [];
  for (const line of lines) assert.deepEqual(validateDocument('journal-event', line, 'events.jsonl'), []);
  return lines;
}

/** How often an event stands in the journal. */
export function countOf(sandbox: Sandbox, event: string): number {
  return journalOf(sandbox).filter((line) => line.event === event).length;
}

/** The controller as it is on disk. */
export function controllerOf(sandbox: Sandbox) {
  const file: ControllerFile = JSON.parse(readFileSync(path.join(stateDirectory(sandbox), 'controller.json'), 'utf8'));
  return decodeController(file);
}

/** Commits a file on the checked-out branch and returns the new head. */
export async function commitFile(sandbox: Sandbox, name: string, text: string): Promise<string> {
  writeFileSync(path.join(sandbox.clone, name), text);
  await sandbox.git('add', '--', name);
  await sandbox.git('commit', '--quiet', `--message=change ${name}`);
  return await sandbox.git('rev-parse', 'HEAD');
}

/** Shell lines that commit a file: for the agent's turns. */
export function commitLines(name: string): readonly string[] {
  return [`echo content > ${name}`, `git add ${name}`, `git commit --quiet -m "add ${name}"`];
}

/** How often the remote's main was moved since the sandbox was made. */
export async function movesOfMain(sandbox: Sandbox): Promise<number> {
  if (!existsSync(path.join(sandbox.remote, 'logs', 'refs', 'heads', 'main'))) return 0;
  return (await sandbox.remoteGit('reflog', 'show', '--format=%H', 'main')).split('\n').length;
}

/** Nothing of ours is left in the clone: no folder, no worktree, no keep ref, no attempt, no checkpoint. */
export async function assertNothingLeft(sandbox: Sandbox): Promise<void> {
  assert.equal(await sandbox.git('status', '--porcelain', '--ignored'), '!! node_modules');
  assert.ok(!existsSync(path.join(sandbox.clone, 'loop')), 'the folder of worktrees is gone');
  assert.equal((await sandbox.git('worktree', 'list', '--porcelain')).match(/^worktree /gm)?.length, 1);
  assert.equal(await sandbox.git('for-each-ref', 'refs/loopbreaker/keep'), '');
  assert.deepEqual(controllerOf(sandbox).attempts, []);
  assert.ok(!readdirSync(stateDirectory(sandbox)).includes('auto-promote-state.json'), 'the checkpoint is gone');
}

/** Runs a loopbreaker command of the clone's own copy with a changed environment. */
export function loopbreakerWith(
  { argv, clone, env }: Sandbox,
  extra: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<ProcessResult> {
  return executeDirectly({ argv: argv(...args), cwd: clone, env: { ...env, ...extra } });
}

/** The result of a command as one readable text, for messages of assertions. */
export function told(end: {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}): string {
  return `exit ${end.exitCode}\n${end.stdout}\n${end.stderr}`;
}

/** Whether a process has ended; one that only waits to be reaped by its new parent has. */
export function isGone(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || / Z /.test(readFileSync(stat, 'utf8').replace(/^.*\)/s, ''));
}
