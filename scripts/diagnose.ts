/** Opens the world for the doctor and asks it about one tree: for the doctor itself, the hooks, the loop, auto-promote. */
import path from 'node:path';
import type { CheckContext, ManifestReading, StateReading } from './checks/check.ts';
import { diagnose } from './checks/diagnose.ts';
import { checks } from './checks/index.ts';
import type { DoctorResult } from './core/doctor.ts';
import type { Manifest } from './core/manifest.ts';
import { manifestPath } from './core/manifest.ts';
import { exitCodes, Refusal } from './core/outcome.ts';
import { type Disk, openDisk } from './effects/disk.ts';
import { openGit, withoutLocalGit } from './effects/git.ts';
import { locateIn } from './effects/json-places.ts';
import { executeDirectly } from './effects/process.ts';
import { findRepository } from './effects/repository.ts';
import { parseDocument, parseWithSchema } from './effects/schema.ts';
import { type GradedTree, openTree } from './effects/tree.ts';

export interface DiagnosisRequest {
  readonly directory: string;
  /** `worktree`, `index` or a revision. */
  readonly tree: string;
  readonly env: NodeJS.ProcessEnv;
  /** Ids of the checks to run; all of them when left out. */
  readonly only?: readonly string[] | undefined;
  /** How loopbreaker's own state is read; without it the check `state` is skipped. */
  readonly readState?: (() => Promise<StateReading>) | undefined;
}

/** The ids of all checks, in their order. */
export const checkIds: readonly string[] = checks.map((check) => check.id);

function chosenChecks(only: readonly string[] | undefined) {
  const unknown = only?.find((id) => !checkIds.includes(id));
  if (unknown !== undefined) {
    throw new Refusal({
      code: 'check-unknown',
      exitCode: exitCodes.usage,
      problem: `There is no check "${unknown}".`,
      remedy: `name one or more of ${checkIds.join(', ')}, with commas between`,
    });
  }
  return only === undefined ? checks : checks.filter((check) => only.includes(check.id));
}

/**
 * The index that a hook commits from (`git commit <path>` uses another than .git/index). Only when this process was
 * started inside this very work tree: with -C elsewhere the variable is about another repository.
 */
function indexFileOf(env: NodeJS.ProcessEnv, root: string): string | undefined {
  const named = env.GIT_INDEX_FILE;
  const inside = !path.relative(root, process.cwd()).startsWith('..');
  return named === undefined || named === '' || !inside ? undefined : path.resolve(root, named);
}

function isFolder(tree: GradedTree, disk: Disk): boolean {
  return tree.kind === 'worktree' && disk.kindOf(manifestPath) === 'directory';
}

async function readManifest(tree: GradedTree, disk: Disk): Promise<ManifestReading> {
  const text = await tree.read(manifestPath);
  if (text !== null) {
    const parsed = parseDocument<Manifest>('runtime-manifest', text, manifestPath);
    return parsed.ok ? { ok: true, manifest: parsed.value, text } : parsed;
  }
  const base = { path: manifestPath, pointer: '', found: '', allowed: '' } as const;
  if (isFolder(tree, disk)) {
    const problem = 'A folder is in the place of the contract.';
    const remedy = `remove the folder, then git checkout HEAD -- ${manifestPath}`;
    return { ok: false, problems: [{ ...base, code: 'document-unreadable', problem, remedy }] };
  }
  const onDisk = disk.kindOf(manifestPath) === 'file';
  const problem = onDisk
    ? `It is on disk, but not in ${tree.kind === 'worktree' ? 'the index' : tree.population.replace(/^.* of /, '')}.`
    : 'The contract is missing: nothing says what must be there.';
  const remedy = onDisk ? `git add ${manifestPath}` : `restore it (git checkout HEAD -- ${manifestPath}), or write it`;
  return { ok: false, problems: [{ ...base, code: 'document-missing', problem, remedy }] };
}

/**
 * What the doctor says about a tree. Throws a Refusal when there is no repository (78), the revision or a check is
 * unknown (2), or git cannot list the tree (75).
 */
export async function openDiagnosis(request: DiagnosisRequest): Promise<DoctorResult> {
  const chosen = chosenChecks(request.only);
  const repository = await findRepository(openGit(request.directory, request.env), request.directory);
  const git = openGit(repository.root, request.env);
  const disk = openDisk(repository.root);
  const indexFile = indexFileOf(request.env, repository.root);
  const tree = await openTree({ git, disk, tree: request.tree, indexFile });
  const context: CheckContext = {
    tree,
    manifest: await readManifest(tree, disk),
    disk,
    git,
    execute: executeDirectly,
    env: withoutLocalGit(request.env),
    commonDirectory: repository.commonDirectory,
    documents: { parse: parseDocument, parseWithSchema, locate: locateIn },
    parseModule: async (file, text) => (await import('./effects/imports.ts')).parseModule(file, text),
    readState: request.readState,
    today: new Date().toISOString().slice(0, 10),
    elapsedMs: () => performance.now(),
  };
  return await diagnose(context, chosen);
}
