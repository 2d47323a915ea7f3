/** What runs of auto-promote leave in a repository when they die, and the workspace that finds it. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { ProcessIdentity } from '../../scripts/core/controller.ts';
import { readJournalTail } from '../../scripts/effects/journal.ts';
import { lockReason, type OwnerRecord } from '../../scripts/effects/owner-record.ts';
import { openWorld } from '../../scripts/effects/world.ts';
import { openWorkspace, type Workspace } from '../../scripts/workspace.ts';
import { cleanEnvironment, type Repository } from './repository.ts';

export const self = openWorld().self;
/** The process that this one's number belonged to before: gone. */
export const ended: ProcessIdentity = { ...self, startTime: '1' };
export const run = 'run-0123456789ab';
export const folder = `loop/tmp-wt/${run}`;

export function recordOf(project: Repository, owner: ProcessIdentity, runId = run): OwnerRecord {
  const sha = project.git('rev-parse', 'HEAD');
  return { version: 1, runId, owner, branch: 'refs/heads/agent/work', sha, since: '2026-01-05T00:00:00.000Z' };
}

/** The folder of a run with its record, before git has been asked for the tree. */
export function prepared(project: Repository, owner = ended, at = folder): void {
  const record = recordOf(project, owner, path.basename(at));
  project.write({ [`${path.dirname(at)}/.gitignore`]: '# Made by loopbreaker, which removes it again.\n*\n' });
  project.write({ [`${at}/owner.json`]: JSON.stringify(record) });
}

/** A worktree as auto-promote makes it. */
export function worktreeOf(project: Repository, owner = ended, at = folder): void {
  prepared(project, owner, at);
  const reason = lockReason(recordOf(project, owner, path.basename(at)));
  project.git('worktree', 'add', '-q', '--detach', '--lock', '--reason', reason, `${at}/tree`);
}

/** The workspace of a repository; policies that are missing are the defaults. */
export function workspaceOf({ directory }: Repository): Promise<Workspace> {
  const stderr = { write: () => true };
  return openWorkspace({ directory, env: cleanEnvironment(), stderr, lenient: true });
}

/** Names of what is left of worktrees: folders of runs, git's entries. */
export function leftIn({ directory }: Repository): readonly string[] {
  const places = ['loop', '.git/worktrees'];
  return places.flatMap((place) => {
    const at = path.join(directory, place);
    return existsSync(at) ? readdirSync(at).map((name) => `${place}/${name}`) : [];
  });
}

/** Events of the journal with what they are about. */
export function eventsOf({ directory }: Repository): readonly string[] {
  const tail = readJournalTail(path.join(directory, '.git/loopbreaker/events.jsonl'));
  return tail.kind === 'lines' ? tail.lines.map((line) => line.event) : [];
}

/** Every file that was moved aside, below the folder of its run. */
export function movedAside({ directory }: Repository): readonly string[] {
  const home = path.join(directory, '.git/loopbreaker/salvage');
  if (!existsSync(home)) return [];
  const found = readdirSync(home, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => !entry.isDirectory());
  // <run>/<time>/<path>
  return files
    .map((entry) => path.relative(home, path.join(entry.parentPath, entry.name)).split(path.sep).slice(2).join('/'))
    .sort();
}
