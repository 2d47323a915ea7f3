/** The doctor on files in memory: no disk, no git, so that thousands of trees can be examined in seconds. */
import { createHash } from 'node:crypto';
import type { CheckContext, ManifestReading } from '../../scripts/checks/check.ts';
import { diagnose } from '../../scripts/checks/diagnose.ts';
import { checks } from '../../scripts/checks/index.ts';
import type { DoctorResult } from '../../scripts/core/doctor.ts';
import { type Manifest, manifestPath } from '../../scripts/core/manifest.ts';
import { parseModule } from '../../scripts/effects/imports.ts';
import { locateIn, objectProblem } from '../../scripts/effects/json-places.ts';
import { parseDocument, parseWithSchema } from '../../scripts/effects/schema.ts';
import type { GradedTree, TreeEntry } from '../../scripts/effects/tree.ts';

type Files = Readonly<Record<string, string>>;

function entryOf(text: string): TreeEntry {
  const sha = createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');
  return { mode: '100644', sha, state: 'plain' };
}

function treeOf(files: Files): GradedTree {
  const entries = new Map(Object.entries(files).map(([name, text]) => [name, entryOf(text)]));
  const has = (name: string): boolean => Object.hasOwn(files, name);
  const read = (name: string): Promise<string | null> => Promise.resolve(has(name) ? (files[name] ?? null) : null);
  return { kind: 'index', name: 'index', population: `${entries.size} files of the index`, entries, has, read };
}

function manifestOf(files: Files): ManifestReading {
  const text = files[manifestPath] ?? '';
  const parsed = parseDocument<Manifest>('runtime-manifest', text, manifestPath);
  return parsed.ok ? { ok: true, manifest: parsed.value, text } : parsed;
}

/** A git that holds no history and ignores nothing. */
const emptyGit: CheckContext['git'] = ([command = '']) => {
  const exitCode = ['log', 'show', 'config', 'ls-files'].includes(command) ? 0 : 1;
  return Promise.resolve({ exitCode, signal: null, stdout: '', stderr: '' });
};

/** The world of the checks, made of these files as an index. */
export function memoryContext(files: Files): CheckContext {
  return {
    tree: treeOf(files),
    manifest: manifestOf(files),
    disk: { root: '/', kindOf: () => 'absent', isExecutable: () => false, read: () => null, realPath: () => null },
    git: emptyGit,
    execute: () => Promise.reject(new Error('nothing is run here')),
    env: {},
    commonDirectory: '/.git',
    documents: { parse: parseDocument, parseWithSchema, objectProblem, locate: locateIn },
    scanModule: (path) => parseModule(path, files[path] ?? ''),
    today: '2026-01-01',
    elapsedMs: () => performance.now(),
  };
}

/** What the doctor says about the files as an index, by the checks of those ids. */
export function examineInMemory(files: Files, only: readonly string[]): Promise<DoctorResult> {
  const chosen = checks.filter((check) => only.includes(check.id));
  return diagnose(memoryContext(files), chosen);
}
