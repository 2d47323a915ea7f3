import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../scripts/core/outcome.ts';
import { examine, troubles } from './helpers/project.ts';
import type { Repository } from './helpers/repository.ts';
import { type Expected, projectFor, quickChecks, type Situation } from './helpers/situations.ts';
import { documentSituations } from './helpers/situations-documents.ts';
import { fileSituations } from './helpers/situations-files.ts';
import { importSituations } from './helpers/situations-imports.ts';
import { modeSituations } from './helpers/situations-modes.ts';
import { shapeSituations } from './helpers/situations-shapes.ts';

const situations: readonly Situation[] = [
  ...fileSituations,
  ...modeSituations,
  ...importSituations,
  ...documentSituations,
  ...shapeSituations,
];

async function toldOf(repository: Repository, tree: string, only: readonly string[]): Promise<readonly string[]> {
  try {
    return troubles(await examine(repository, tree, only));
  } catch (error) {
    if (error instanceof Refusal) return [`refused: ${error.detail.code}`];
    throw error;
  }
}

for (const { name, files, make, expected, only = quickChecks } of situations) {
  test(`when ${name}, the doctor says so of the trees in which it is so and of no other`, async (t) => {
    const project = projectFor(t, files);
    const repository = make?.(project, t) ?? project;
    const told: Expected = {
      worktree: await toldOf(repository, 'worktree', only),
      index: await toldOf(repository, 'index', only),
      head: await toldOf(repository, 'HEAD', only),
    };
    assert.deepEqual(told, expected);
  });
}

test('there are more than sixty of them, each with a name of its own', () => {
  const names = new Set(situations.map((situation) => situation.name));
  assert(names.size > 60, `${names.size} situations`);
  assert.equal(names.size, situations.length);
});
