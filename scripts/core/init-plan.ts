/** Everything that init would do to a repository, decided from facts alone. */

import { planCi } from './init-ci.ts';
import type { FileEdit, InitFacts, InitNote, InitPart } from './init-facts.ts';
import { planHooks } from './init-hooks.ts';
import { planManager } from './init-manager.ts';
import { planManifest } from './init-manifest.ts';
import { isQaBeside, planPolicies } from './init-policies.ts';
import { planScripts } from './init-scripts.ts';

export interface InitPlan {
  readonly edits: readonly FileEdit[];
  readonly notes: readonly InitNote[];
  /** What has to be run before the commit: the installation of another hook tool. */
  readonly first: readonly string[];
  /** The folder of hooks whose files of husky git does not hold yet, and whether husky has to write them first; null without one. */
  readonly generated: { readonly folder: string; readonly isToWrite: boolean } | null;
}

/** The lines of .gitignore that begin with this were put there by init. */
export const ignoreRemark = '# loopbreaker';

/** What git is to ignore where QA runs in the checkout. */
export const worktreePattern = '/loop/tmp-wt/';

function planIgnores(facts: InitFacts): InitPart {
  const { texts } = facts;
  const unignored = facts.unignored.filter((pattern) => pattern !== worktreePattern || !isQaBeside(facts));
  if (unignored.length === 0) return { edits: [], notes: [] };
  const before = texts.get('.gitignore');
  const eol = before?.includes('\r\n') === true ? '\r\n' : '\n';
  const start = before === undefined || before === '' || before.endsWith('\n') ? (before ?? '') : before + eol;
  const after = start + [ignoreRemark, ...unignored].map((line) => line + eol).join('');
  return { edits: [{ path: '.gitignore', before: before ?? null, after }], notes: [] };
}

function generatedOf({ hooks, areGeneratedTracked, areGeneratedForeign }: InitFacts): InitPlan['generated'] {
  if (areGeneratedTracked && !areGeneratedForeign) return null;
  if (hooks.kind === 'husky') return { folder: hooks.folder, isToWrite: true };
  return hooks.kind === 'folder' && hooks.isHusky8 ? { folder: hooks.folder, isToWrite: false } : null;
}

/** Plans the adoption; with everything in place there is no edit, and nothing of husky's is missing. */
export function planInit(facts: InitFacts): InitPlan {
  const parts: InitPart[] = [];
  let known = facts;
  for (const plan of [planManifest, planPolicies, planScripts, planHooks, planCi, planIgnores, planManager]) {
    const part = plan(known);
    parts.push(part);
    known = afterwards(known, part.edits);
  }
  const edits = merged(parts.flatMap((part) => part.edits));
  const generated = generatedOf(facts);
  const isDone = edits.length === 0 && generated === null;
  return {
    edits,
    // Of a repository that was adopted before only what still keeps it from being protected is told again.
    notes: parts.flatMap((part) => part.notes).filter(({ kind }) => !isDone || kind === 'warning'),
    first: parts.flatMap(({ first }) => first ?? []),
    generated,
  };
}

/** The facts as they are when the edits have been made: two parts may edit package.json. */
function afterwards(facts: InitFacts, edits: readonly FileEdit[]): InitFacts {
  const written = edits.flatMap(({ path, after }) => (after === null ? [] : [[path, after] as const]));
  return { ...facts, texts: new Map([...facts.texts, ...written]) };
}

/** Two edits of one file as one. */
function merged(edits: readonly FileEdit[]): readonly FileEdit[] {
  const byPath = new Map<string, FileEdit>();
  for (const edit of edits) byPath.set(edit.path, { ...edit, before: byPath.get(edit.path)?.before ?? edit.before });
  return [...byPath.values()];
}
