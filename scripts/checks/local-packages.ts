/** Packages that a package.json takes from a path of the repository are in the graded tree: an install needs them everywhere. */
import path from 'node:path';
import type { Finding } from '../core/doctor.ts';
import type { LocalPackage } from '../core/local-packages.ts';
import { isInBuildFolder } from '../core/script-built.ts';
import { findAbsence } from './absence.ts';
import type { CheckContext } from './check.ts';
import { pathspecWord } from './pathspec-word.ts';
import { type Place, placeAt } from './place.ts';
import { isNoPath, type ScriptFacts } from './script-facts.ts';
import { ignoreRules } from './script-ignored.ts';
import { withoutLinks } from './script-placing.ts';
import { treeIndex } from './tree-index.ts';

interface Wanted extends LocalPackage {
  /** The package.json that asks for it. */
  readonly file: string;
  readonly place: Place;
}

/** Who asks for it, and how. */
const asking = ({ file, name, specifier }: Wanted): string => `${file} asks for ${name} as "${specifier}"`;

function outside(wanted: Wanted): Finding {
  const problem = `${asking(wanted)}, which is outside of the repository: no clone and no clean checkout has it.`;
  const remedy = 'bring it into the repository, or take it from a registry';
  return { code: 'package-outside', severity: 'warning', problem, remedy, commands: [], ...wanted.place };
}

/** What a build makes: the same is said before and after it, for the commit is the same. */
function builtFolder(wanted: Wanted, folder: string, rule: string): Finding {
  const problem = `${folder} is ignored (${rule}), so a clean checkout has it only after a build; ${asking(wanted)}.`;
  const remedy =
    'name it under "generated" of runtime-manifest.json with the command that makes it; or change that rule and add it to git';
  return {
    ...wanted.place,
    target: folder,
    code: 'path-ignored',
    severity: 'warning',
    problem,
    remedy,
    commands: [],
  };
}

/** The folder as a whole, of which nothing is in git: its package.json alone would not do. Undefined where it is not on disk either. */
async function unheldFolder(context: CheckContext, wanted: Wanted, folder: string): Promise<Finding | undefined> {
  const rules = await ignoreRules(context, [folder, `${folder}/package.json`]);
  const rule = rules.get(folder) ?? rules.get(`${folder}/package.json`);
  // npm links a folder that is not there yet, and a build may make it before anything needs it; into vendor packages are copied.
  const isBuilt = isInBuildFolder(`${folder}/package.json`) && !folder.split('/').includes('vendor');
  if (rule !== undefined && isBuilt) return builtFolder(wanted, folder, rule.text);
  if (context.disk.kindOf(folder) !== 'directory') return undefined;
  const base = { ...wanted.place, target: folder, severity: 'error' } as const;
  if (rule === undefined) {
    const problem = `${folder} is on disk, and git holds nothing of it; ${asking(wanted)}.`;
    const commands = [`git add ${pathspecWord(folder)}`];
    return { ...base, code: 'path-untracked', problem, remedy: 'add it to git', commands };
  }
  const problem = `${folder} is on disk but ignored (${rule.text}), so git holds nothing of it; ${asking(wanted)}.`;
  const remedy = 'change that rule, or add the folder all the same; what a build makes is declared under "generated"';
  return { ...base, code: 'path-ignored', problem, remedy, commands: [`git add -f ${pathspecWord(folder)}`] };
}

async function judge(
  context: CheckContext,
  { isGenerated }: ScriptFacts,
  wanted: Wanted,
): Promise<Finding | undefined> {
  const { tree } = context;
  const joined = path.posix.join(path.posix.dirname(wanted.file), wanted.path).replace(/(.)\/+$/, '$1');
  if (isNoPath(joined)) return undefined;
  if (/^[~/]/.test(wanted.path) || /^\.\.(\/|$)/.test(joined)) return outside(wanted);
  const held = await withoutLinks(tree, joined);
  // In a submodule, or behind a link that leads out: what is there is not of this tree.
  if (held === null || isGenerated(held) || isGenerated(`${held}/package.json`)) return undefined;
  const isWhole = wanted.kind === 'archive' || tree.entries.has(held);
  const { hasFolder } = treeIndex(tree);
  if (!isWhole && held !== '.' && !hasFolder(held)) {
    const unheld = await unheldFolder(context, wanted, held);
    if (unheld !== undefined) return unheld;
  }
  if (!isWhole && wanted.kind === 'link' && (held === '.' || hasFolder(held))) return undefined;
  const needed = isWhole || wanted.kind === 'link' ? held : path.posix.join(held, 'package.json');
  const need = { path: needed, neededBy: asking(wanted), place: () => wanted.place };
  return await findAbsence(context, need, { symlinkAllowed: true });
}

/** One finding for each package of a member that its install would not find in a clean checkout. */
export async function localPackageFindings(context: CheckContext, facts: ScriptFacts): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { file, standing, local } of facts.sources.packages.values()) {
    if (standing !== 'member' || local.length === 0) continue;
    const text = (await context.tree.read(file)) ?? '';
    for (const one of local) {
      const place = placeAt(file, context.documents.locate(text, one.pointer)?.line);
      const finding = await judge(context, facts, { ...one, file, place });
      // npm installs without an optional package that it does not find.
      if (finding !== undefined) findings.push(one.isOptional ? { ...finding, severity: 'warning' } : finding);
    }
  }
  return findings;
}
