/** The variables that a gate command gets: none that would lead it from the candidate back to the checkout. Pure. */
import path from 'node:path';
import { isBelow } from './worktree-place.ts';

/** What package managers say of the script that runs loopbreaker: of the checkout, and of no use to the gate. */
const ofTheCaller =
  /^(INIT_CWD|PROJECT_CWD|PNPM_SCRIPT_SRC_DIR|OLDPWD|npm_package_.*|npm_lifecycle_.*|npm_config_local_prefix)$/;

export interface GatePlace {
  /** The candidate's checkout, absolute. */
  readonly tree: string;
  /** Work trees whose packages the gate must not find: none when the candidate's checkout lies in one of them. */
  readonly roots: readonly string[];
}

/** A folder in a work tree is the same one of the candidate; packages of the folders above are none of it. */
function moved(folder: string, { tree, roots }: GatePlace): string | null {
  const root = roots.find((one) => folder === one || isBelow(folder, one));
  if (root !== undefined) return path.join(tree, path.relative(root, folder));
  const [above = folder] = folder.split(`${path.sep}node_modules`);
  return above !== folder && roots.some((one) => isBelow(one, above || path.sep)) ? null : folder;
}

function movedList(list: string, place: GatePlace): string {
  const folders = list.split(path.delimiter).map((folder) => moved(folder, place));
  return [...new Set(folders.filter((folder) => folder !== null))].join(path.delimiter);
}

/** The environment of a gate command, made of that in which loopbreaker was called. */
export function gateEnvironment(env: NodeJS.ProcessEnv, place: GatePlace): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !ofTheCaller.test(name));
  const lists = ['PATH', 'NODE_PATH'].flatMap((name) => {
    const list = env[name];
    return list === undefined || place.roots.length === 0 ? [] : [[name, movedList(list, place)] as const];
  });
  return { ...Object.fromEntries(kept), ...Object.fromEntries(lists), PWD: place.tree };
}
