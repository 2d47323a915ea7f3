/** Locks that a killed git of ours left are removed at the next start; anybody else's, or a living one's, never. */
import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { ProcessIdentity } from '../scripts/core/controller.ts';
import type { Phase } from '../scripts/core/failure.ts';
import { type LitterFacts, litterProof } from '../scripts/core/litter.ts';
import { writeCheckpoint } from '../scripts/effects/checkpoint.ts';
import { tidy } from '../scripts/hygiene.ts';
import { ended, eventsOf, run, self, workspaceOf } from './helpers/dead-runs.ts';
import { makeProject } from './helpers/project.ts';
import type { Repository } from './helpers/repository.ts';

const minuteMs = 60_000;

async function tidied(project: Repository): Promise<void> {
  await tidy(await workspaceOf(project));
}

/** The checkpoint of a run that had begun a phase a minute ago. */
async function diedIn(project: Repository, phase: Phase, owner: ProcessIdentity): Promise<void> {
  const { store } = await workspaceOf(project);
  const trigger = { branch: 'refs/heads/agent/work', sha: project.git('rev-parse', 'HEAD') };
  const at = new Date(Date.now() - minuteMs).toISOString();
  writeCheckpoint(store.files.checkpoint, { version: 1, runId: run, trigger, phase, owner, at });
}

const isThere = (project: Repository, name: string) => existsSync(path.join(project.directory, '.git', name));

function lock(project: Repository, name: string, ageMs = 0): void {
  project.write({ [`.git/${name}`]: '' });
  const at = new Date(Date.now() - ageMs);
  utimesSync(path.join(project.directory, '.git', name), at, at);
}

test('a lock of a ref of ours is removed, and the ref can be written again', async (t) => {
  const project = makeProject(t);
  lock(project, 'refs/loopbreaker/keep/run-1.lock');
  assert.throws(() => project.git('update-ref', 'refs/loopbreaker/keep/run-1', 'HEAD'), /File exists/);
  await tidied(project);
  project.git('update-ref', 'refs/loopbreaker/keep/run-1', 'HEAD');
  assert.deepEqual(eventsOf(project), ['git-lock-removed']);
});

test('a lock that some process has open stays', async (t) => {
  const project = makeProject(t);
  lock(project, 'refs/loopbreaker/keep/run-1.lock');
  const fd = openSync(path.join(project.directory, '.git/refs/loopbreaker/keep/run-1.lock'), 'r');
  await tidied(project);
  assert(isThere(project, 'refs/loopbreaker/keep/run-1.lock'));
  closeSync(fd);
  await tidied(project);
  assert(!isThere(project, 'refs/loopbreaker/keep/run-1.lock'));
});

test('packed-refs.lock goes when a run died while it deleted its refs, and in no other case', async (t) => {
  const project = makeProject(t);
  const name = 'packed-refs.lock';
  lock(project, name);
  await tidied(project);
  assert(isThere(project, name), 'no run of ours died');
  await diedIn(project, 'qa', ended);
  await tidied(project);
  assert(isThere(project, name), 'this phase deletes no ref');
  await diedIn(project, 'cleanup', self);
  await tidied(project);
  assert(isThere(project, name), 'the run is alive');
  await diedIn(project, 'cleanup', ended);
  lock(project, name, 5 * minuteMs);
  await tidied(project);
  assert(isThere(project, name), 'the lock is older than the phase');
  lock(project, name);
  await tidied(project);
  assert(!isThere(project, name));
});

test('locks of the user’s own files are never ours', async (t) => {
  const project = makeProject(t);
  const names = ['index.lock', 'HEAD.lock', 'config.lock', 'refs/heads/main.lock'];
  await diedIn(project, 'cleanup', ended);
  for (const name of names) lock(project, name);
  await tidied(project);
  assert.deepEqual(
    names.filter((name) => isThere(project, name)),
    names,
  );
});

const ours: LitterFacts = {
  name: 'refs/loopbreaker/keep/run-1.lock',
  madeMs: 0,
  nowMs: 20 * minuteMs,
  gitAtWork: 'no',
  isOpen: false,
  deadPhase: null,
};
const shared: LitterFacts = { ...ours, name: 'packed-refs.lock', deadPhase: { name: 'cleanup', beganMs: 0 } };

test('where processes cannot be seen only an old lock of our own refs is proof enough', () => {
  assert.equal(litterProof({ ...ours, gitAtWork: 'yes' }), null);
  assert.match(litterProof({ ...ours, gitAtWork: 'unknown' }) ?? '', /older than any git/);
  assert.equal(litterProof({ ...ours, gitAtWork: 'unknown', nowMs: minuteMs }), null);
  assert.equal(litterProof({ ...shared, gitAtWork: 'unknown' }), null);
  assert.match(litterProof(shared) ?? '', /phase cleanup/);
  assert.equal(litterProof({ ...shared, madeMs: 11 * minuteMs }), null);
});
