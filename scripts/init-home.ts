/** The package that init works for, and the files that it reads there. */
import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { CheckContext } from './checks/check.ts';
import { describeProblem } from './core/documents.ts';
import { isJsonObject, objectAt, parseObject } from './core/json-value.ts';
import { exitCodes, hasErrorCode, messageOf, Refusal } from './core/outcome.ts';
import { shellWord } from './core/shell-word.ts';

function refusal(code: string, problem: string, remedy: string): Refusal {
  return new Refusal({ code, exitCode: exitCodes.configFatal, problem, remedy });
}

/**
 * Text of a file of the work tree; null when there is none. What is not UTF-8 is not told here: before such a file is edited,
 * requireTexts refuses. Throws a Refusal (78) for what cannot be read as a file.
 */
export function textOf(root: string, name: string): string | null {
  try {
    return readFileSync(path.join(root, name), 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return null;
    const problem = `${name} cannot be read as a file (${messageOf(error)}), so nothing was changed.`;
    throw refusal(
      'init-unreadable',
      problem,
      `move away what stands there: ls -ld ${shellWord(path.join(root, name))}`,
    );
  }
}

const dependencies = ['devDependencies', 'dependencies', 'optionalDependencies'];

/** Whether the package.json of a folder asks for a package. */
export function namesPackage(root: string, folder: string, name: string): boolean {
  const own = parseObject(textOf(root, `${folder}/package.json`) ?? '') ?? {};
  return dependencies.some((key) => Object.hasOwn(objectAt(own, key), name));
}

/** Folders of packages that git holds, the nearest to the root first. */
function packagesBelow({ tree }: CheckContext): readonly string[] {
  const files = [...tree.entries.keys()].filter((file) => file.endsWith('/package.json'));
  const folders = files
    .map((file) => path.posix.dirname(file))
    .filter((folder) => !/(^|\/)node_modules\//.test(folder));
  return folders.sort((one, other) => one.split('/').length - other.split('/').length);
}

/**
 * The folder, from the root, of the package.json that has loopbreaker: on the way from the root to where the person stands, or
 * below; else the root's, else that of the nearest one. Throws a Refusal (78) where there is none on that way.
 */
export function homeOf(context: CheckContext, directory: string): string {
  const { root } = context.disk;
  // git names the root without links, and -C may have one in it.
  const names = path.relative(root, realpathSync(directory)).split(path.sep).filter(Boolean);
  const folders = names.map((_, index) => names.slice(0, names.length - index).join('/'));
  const withPackage = ['.', ...folders].filter((folder) => textOf(root, `${folder}/package.json`) !== null);
  const below = packagesBelow(context);
  const has = (folder: string): boolean => namesPackage(root, folder, 'loopbreaker');
  const home = withPackage.find(has) ?? below.find(has) ?? withPackage[0];
  if (home !== undefined) return home;
  const [nearest] = below;
  const problem = `There is no package.json in ${root}, and loopbreaker is started by its scripts.`;
  const other = `init works for one package below as well: cd ${shellWord(path.join(root, nearest ?? ''))} && npx loopbreaker init`;
  throw refusal('init-no-package', problem, nearest === undefined ? 'npm init -y' : other);
}

/** Refuses (78) a package.json that scripts cannot be put into: an edit of what is no JSON would make it worse. */
export function requireEditable({ disk, documents }: CheckContext, file: string): void {
  const text = textOf(disk.root, file) ?? '';
  const wrong = documents.objectProblem(text, file);
  if (wrong !== undefined) {
    const problem = `${describeProblem(wrong)} Scripts cannot be added to it, so nothing was changed.`;
    throw refusal('init-unreadable', problem, `${wrong.remedy}, then run init again`);
  }
  const scripts = parseObject(text)?.scripts;
  if (scripts === undefined || isJsonObject(scripts)) return;
  const { line } = documents.locate(text, '/scripts') ?? { line: 1 };
  const problem = `${file}:${line} has "scripts" that are no object, so none can be added and nothing was changed.`;
  throw refusal('init-unreadable', problem, `make it "scripts": {}, then run init again`);
}
