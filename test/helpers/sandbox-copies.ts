/**
 * Copies of a sandbox that is made once for all tests of a file: a copy takes a tenth of the time. The doctor's memory of
 * the program is copied with it: to read each file of the program takes the doctor longer than all else that a loop does.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeSandbox, quickly, type Sandbox, sandboxDirectory, sandboxIn } from '../../scripts/demo/sandbox.ts';
import type { Program } from '../../scripts/effects/program.ts';
import { builtProgram } from './built-program.ts';
import { repositoryAt } from './repository.ts';

/** Gives a sandbox what the doctor found out about the program in an earlier one, on this machine. */
async function remember(sandbox: Sandbox, program: Program): Promise<void> {
  const known = path.join(program.home, 'doctor-memory');
  const memory = path.join(sandbox.clone, '.git', 'loopbreaker', 'cache', 'doctor');
  mkdirSync(path.dirname(memory), { recursive: true, mode: 0o700 });
  if (existsSync(known)) return copyFileSync(known, memory);
  const { exitCode, stdout, stderr } = await sandbox.loopbreaker('doctor');
  if (exitCode !== 0) throw new Error(`the doctor of a new sandbox is not green: ${stdout}${stderr}`);
  const fresh = `${known}.${process.pid}`;
  copyFileSync(memory, fresh);
  renameSync(fresh, known);
}

async function makeTemplate(): Promise<Sandbox> {
  const program = await builtProgram();
  const sandbox = await makeSandbox({}, program);
  // Not a hook of node:test: the first test to ask is not the last.
  process.once('exit', () => sandbox.dispose());
  await remember(sandbox, program);
  return sandbox;
}

/** Changes the one commit of a sandbox, here and on its remote. */
function amend({ clone, env }: Sandbox, changes: Readonly<Record<string, string>>): void {
  const git = (...args: readonly string[]) => execFileSync('git', [...args], { cwd: clone, env, stdio: 'pipe' });
  repositoryAt(clone).write(changes);
  git('add', '--all');
  git('-c', 'gc.auto=0', 'commit', '--quiet', '--amend', '--no-edit');
  git('branch', '--quiet', '--force', 'main', 'HEAD');
  git(...quickly, 'push', '--quiet', '--force', 'origin', 'main');
}

let template: Promise<Sandbox> | undefined;

/** A sandbox of the built program, as makeSandbox makes it. */
export async function copiedSandbox(changes: Readonly<Record<string, string>>): Promise<Sandbox> {
  template ??= makeTemplate();
  const { directory: from, program } = await template;
  const sandbox = sandboxIn(sandboxDirectory(), program);
  execFileSync('cp', ['-Rp', `${from}/.`, sandbox.directory]);
  const config = path.join(sandbox.clone, '.git', 'config');
  writeFileSync(config, readFileSync(config, 'utf8').replaceAll(from, sandbox.directory));
  // What git knows of the files is of those that were copied.
  if (Object.keys(changes).length > 0) amend(sandbox, changes);
  else execFileSync('git', ['update-index', '-q', '--refresh'], { cwd: sandbox.clone, env: sandbox.env });
  return sandbox;
}
