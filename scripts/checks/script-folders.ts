/** Folders that scripts go into, or tell a package manager to work in, are in the graded tree. */
import path from 'node:path';
import type { Finding } from '../core/doctor.ts';
import { isInBuildFolder, mixedFoldersOf } from '../core/script-built.ts';
import type { ScriptFolder } from '../core/script-lines.ts';
import type { CheckContext } from './check.ts';
import { nearName } from './near-name.ts';
import type { Evidence } from './script-evidence.ts';
import type { ScriptFacts } from './script-facts.ts';
import { ignoreRules } from './script-ignored.ts';
import { scriptPlace } from './script-place.ts';
import { withoutLinks } from './script-placing.ts';
import type { ScriptLine } from './script-sources.ts';
import { treeIndex } from './tree-index.ts';

interface Wanted {
  readonly line: ScriptLine;
  readonly folder: ScriptFolder;
  /** From the root of the repository. */
  readonly directory: string;
}

/** `cd web`, `npm --prefix web`: what only uses a folder says nothing about where it comes from. */
const uses = /(\b(cd|pushd)\s+|(^|\s)(--prefix|--cwd|--dir|-C)[\s=]+)["']?[^\s"'&|;)]+/g;

/** Whether some line does anything else with a path of that name: it may well be what makes it, or fetches it. */
function isNamedOtherwise(lines: readonly ScriptLine[], directory: string): boolean {
  const name = path.posix.basename(directory).replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const asWord = new RegExp(`(^|[\\s"'/=(])${name}($|[\\s"'/;&|)])`);
  return lines.some(({ text }) => asWord.test(text.replaceAll(uses, ' ')));
}

async function isAbsent({ tree }: CheckContext, facts: ScriptFacts, directory: string): Promise<boolean> {
  const held = await withoutLinks(tree, directory);
  // Outside of the repository, in a submodule, the root itself: not ours to judge.
  if (held === null || held === '.' || held.startsWith('..')) return false;
  const { hasFolder } = treeIndex(tree);
  return !hasFolder(held) && !tree.entries.has(held) && !facts.isGenerated(held) && !facts.isGenerated(`${held}/x`);
}

async function wantedOf(context: CheckContext, facts: ScriptFacts): Promise<readonly Wanted[]> {
  const wanted = new Map<string, Wanted>();
  for (const { line, reading } of facts.lines) {
    if (facts.standingOf(line) !== 'member') continue;
    for (const folder of reading.folders) {
      const joined = folder.origin === 'root' ? folder.path : path.posix.join(line.directory, folder.path);
      const directory = joined.replace(/(.)\/+$/, '$1');
      if (wanted.has(directory) || !(await isAbsent(context, facts, directory))) continue;
      wanted.set(directory, { line, folder, directory });
    }
  }
  return [...wanted.values()];
}

/** Where builds write, or what a build is seen to make: it need not be in git. */
async function isBuilt({ tree }: CheckContext, evidence: Evidence, directory: string): Promise<boolean> {
  const inside = `${directory}/index.js`;
  const mixed = mixedFoldersOf(inside).some((folder) => !treeIndex(tree).hasPrograms(folder));
  if (isInBuildFolder(inside) || mixed) return true;
  return (await evidence(directory)) !== undefined || (await evidence(inside)) !== undefined;
}

async function findingFor(context: CheckContext, { line, folder, directory }: Wanted): Promise<Finding> {
  const guess = nearName(context, directory);
  const meant = guess === undefined ? '' : ` - did you mean ${guess}?`;
  const isOnDisk = context.disk.kindOf(directory) === 'directory';
  const where = isOnDisk ? 'is on disk, but git holds nothing in it' : 'does not exist';
  const problem = `${line.name} runs "${folder.spelling}", and the folder ${directory} ${where}${meant}`;
  const remedy = isOnDisk
    ? `add its files, or declare it under "generated"`
    : 'correct the folder, or take the script away';
  const place = await scriptPlace(context, line, folder.path);
  // A person may have made the folder that is gone into; a package is where its manager is sent.
  const severity = /^(cd|pushd) /.test(folder.spelling) ? 'warning' : 'error';
  const base = { code: 'script-folder-missing', severity, commands: [] } as const;
  return { ...base, problem: meant === '' ? `${problem}.` : problem, remedy, ...place, target: directory };
}

/** One finding for each folder that is missing, ignored ones and what is made otherwise left out. */
export async function folderFindings(
  context: CheckContext,
  facts: ScriptFacts,
  evidence: Evidence,
): Promise<readonly Finding[]> {
  const wanted = await wantedOf(context, facts);
  if (wanted.length === 0) return [];
  const rules = await ignoreRules(
    context,
    wanted.flatMap(({ directory }) => [directory, `${directory}/x`]),
  );
  const lines = facts.lines.map(({ line }) => line);
  const findings: Finding[] = [];
  for (const one of wanted) {
    const { directory } = one;
    const isIgnored = rules.has(directory) || rules.has(`${directory}/x`);
    if (isIgnored || isNamedOtherwise(lines, directory) || (await isBuilt(context, evidence, directory))) continue;
    findings.push(await findingFor(context, one));
  }
  return findings;
}
