/** Opens the world for the doctor and asks it about one tree: for the doctor itself, the hooks, the loop, auto-promote. */
import path from 'node:path';
import type { Check, CheckContext, Documents, ManifestReading, StateReading } from './checks/check.ts';
import { diagnose } from './checks/diagnose.ts';
import { mending } from './checks/fixes.ts';
import { checks } from './checks/index.ts';
import type { DoctorResult } from './core/doctor.ts';
import type { Manifest } from './core/manifest.ts';
import { manifestPath } from './core/manifest.ts';
import { exitCodes, Refusal } from './core/outcome.ts';
import { shellWord } from './core/shell-word.ts';
import type { CheckoutSource } from './effects/clean-checkout.ts';
import { type Disk, openDisk } from './effects/disk.ts';
import { openDocuments } from './effects/documents.ts';
import { openGit, withoutLocalGit } from './effects/git.ts';
import { indexFileOf } from './effects/index-listing.ts';
import { openMemory } from './effects/memory.ts';
import { executeDirectly } from './effects/process.ts';
import { findRepository, hadWorkTree, type Repository } from './effects/repository.ts';
import { openScans } from './effects/scans.ts';
import { type Trace, traced } from './effects/traced.ts';
import { type GradedTree, openTree } from './effects/tree.ts';
import { watched } from './effects/watched.ts';

export interface DiagnosisRequest {
  readonly directory: string;
  /** `worktree`, `index` or a revision. */
  readonly tree: string;
  /** What git lists of the index, where it was asked already. */
  readonly listing?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** The repository of the directory, where it is known already. */
  readonly repository?: Repository | undefined;
  /** Ids of the checks to run; all of them when left out. */
  readonly only?: readonly string[] | undefined;
  /** Probes that take longer, in a clean checkout of the tree. */
  readonly deep?: boolean | undefined;
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

/** A bare repository has commits only: its empty index is no tree that anything could be said of. */
function refuseBare({ bare, root, gitDirectory }: Repository, tree: string): void {
  if (!bare || (tree !== 'worktree' && tree !== 'index')) return;
  if (hadWorkTree(gitDirectory)) {
    throw new Refusal({
      code: 'config-bare',
      exitCode: exitCodes.configFatal,
      problem: `core.bare is true in ${gitDirectory}/config, although ${path.dirname(gitDirectory)} is a work tree: git refuses to work in it.`,
      remedy: `git config --file ${shellWord(path.join(gitDirectory, 'config'))} core.bare false`,
    });
  }
  throw new Refusal({
    code: 'repository-bare',
    exitCode: exitCodes.usage,
    problem: `${root} is a bare repository: it has no work tree and no index.`,
    remedy: 'npx loopbreaker doctor --tree HEAD',
  });
}

function isFolder(tree: GradedTree, disk: Disk): boolean {
  return tree.kind === 'worktree' && disk.kindOf(manifestPath) === 'directory';
}

const deletedIn = `git log -1 --diff-filter=D --format=%h -- ${manifestPath}`;
/** The contract as it was before the commit that deleted it. */
const undeleted = `git checkout "$(${deletedIn})^" -- ${manifestPath}`;

async function readManifest(tree: GradedTree, disk: Disk, documents: Documents): Promise<ManifestReading> {
  const text = await tree.read(manifestPath);
  if (text !== null) {
    const parsed = documents.parse<Manifest>('runtime-manifest', text, manifestPath);
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
  const remedy = onDisk
    ? `git add ${manifestPath}`
    : `restore it: git checkout HEAD -- ${manifestPath}, or, where a commit deleted it, ${undeleted}; where there never was one, npx loopbreaker init writes it`;
  return { ok: false, problems: [{ ...base, code: 'document-missing', problem, remedy }] };
}

interface Opened {
  readonly context: CheckContext;
  readonly chosen: readonly Check[];
  /** Keeps what was learnt, and removes what was made for looking. */
  readonly close: () => void;
  /** What was asked of the tree so far; null once a check has looked at anything else. */
  readonly trace: () => Trace | null;
}

/** What --deep needs besides; loaded only then. */
async function openDeep(source: CheckoutSource) {
  const [{ openCleanCheckouts }, { runChild }] = await Promise.all([
    import('./effects/clean-checkout.ts'),
    import('./effects/agent.ts'),
  ]);
  const { checkOut, remove } = openCleanCheckouts(source);
  return { tools: { checkOut, runChild }, remove };
}

async function openContext(request: DiagnosisRequest): Promise<Opened> {
  const chosen = chosenChecks(request.only);
  const { directory, env } = request;
  const repository = request.repository ?? (await findRepository(openGit(directory, env), directory));
  refuseBare(repository, request.tree);
  const git = openGit(repository.root, request.env);
  const disk = openDisk(repository.root);
  const indexFile = indexFileOf(request.env, repository);
  const graded = await openTree({ git, disk, tree: request.tree, indexFile, listing: request.listing });
  const memory = openMemory(path.join(repository.stateDirectory, 'cache', 'doctor'));
  const { tree, scanModule, trace } = traced(graded, openScans(memory, graded));
  const documents = openDocuments(memory);
  const { root, stateDirectory } = repository;
  const deep = request.deep === true ? await openDeep({ git, tree, root, stateDirectory }) : undefined;
  const openMachine = async () => (await import('./effects/machine.ts')).openMachine(repository, request.env);
  const doors = watched({ git, disk, execute: executeDirectly, machine: openMachine });
  const context: CheckContext = {
    tree,
    manifest: await readManifest(tree, disk, documents),
    git: doors.git,
    disk: doors.disk,
    execute: doors.execute,
    env: withoutLocalGit(request.env),
    commonDirectory: repository.commonDirectory,
    documents,
    scanModule,
    machine: doors.machine,
    readState: request.readState,
    deep: request.deep ?? false,
    ...deep?.tools,
    today: new Date().toISOString().slice(0, 10),
    elapsedMs: () => performance.now(),
  };
  const close = (): void => {
    memory.save();
    deep?.remove();
  };
  return { context, chosen, close, trace: () => (doors.wereUsed() || !trace.isWhole() ? null : trace) };
}

async function diagnosed({ context, chosen, close }: Opened): Promise<DoctorResult> {
  try {
    return await diagnose(context, chosen);
  } finally {
    close();
  }
}

/**
 * What the doctor says about a tree. Throws a Refusal when there is no repository (78), the revision or a check is
 * unknown (2), or git cannot list the tree (75).
 */
export async function openDiagnosis(request: DiagnosisRequest): Promise<DoctorResult> {
  return await diagnosed(await openContext(request));
}

/** Hands what the checks look with to another question, and keeps what was learnt. Throws as `openDiagnosis`. */
export async function withContext<T>(
  request: DiagnosisRequest,
  use: (context: CheckContext) => Promise<T>,
): Promise<T> {
  const { context, close } = await openContext(request);
  try {
    return await use(context);
  } finally {
    close();
  }
}

/** The diagnosis, and what it was made of; `trace` is null where that is more than the tree, so that nothing can repeat it. */
export async function openRepeatable(
  request: DiagnosisRequest,
): Promise<{ readonly result: DoctorResult; readonly trace: Trace | null }> {
  const opened = await openContext(request);
  const result = await diagnosed(opened);
  return { result, trace: opened.trace() };
}

/** The same after what the checks offer was done, or with `dryRun` only named: checks/fixes.ts says how. */
export async function openMending(request: DiagnosisRequest, how: { readonly dryRun: boolean }): Promise<DoctorResult> {
  const look = async () => {
    const opened = await openContext(request);
    return { context: opened.context, found: await diagnosed(opened) };
  };
  return await mending(look, chosenChecks(request.only), how);
}
