/** The variables that a gate command gets: none that would lead it from the candidate back to the checkout's packages. Pure. */
import path from 'node:path';
import { isBelow, upwards } from './worktree-place.ts';

/** What package managers say of the script that runs loopbreaker: of the checkout, and of no use to the gate. */
const ofTheCaller =
  /^(INIT_CWD|PROJECT_CWD|PNPM_SCRIPT_SRC_DIR|OLDPWD|npm_package_.*|npm_lifecycle_.*|npm_config_local_prefix)$/;

export interface GatePlace {
  /** The candidate's checkout, absolute. */
  readonly tree: string;
  /** Work trees whose packages the gate must not find, real paths: none when the candidate's checkout lies in one of them. */
  readonly roots: readonly string[];
  /** Where a folder really lies: what is on PATH may be written through a link. */
  readonly realOf: (folder: string) => string;
}

/** What a folder is called in the work tree that it lies in, by its name or in truth; null for one that lies in none. */
function inWorkTree(folder: string, { roots, realOf }: GatePlace): string | null {
  // Below the root each folder keeps its name: `node_modules` is a link in some checkouts.
  const named = upwards(folder).find((one) => roots.includes(realOf(one)));
  if (named !== undefined) return path.relative(named, folder);
  const real = realOf(folder);
  const root = roots.find((one) => isBelow(real, one));
  return root === undefined ? null : path.relative(root, real);
}

const isOfPackages = (folder: string): boolean => folder.split(path.sep).includes('node_modules');

/** A folder of packages that lies above a work tree: none of the candidate's. */
function isPackagesAbove(folder: string, { roots, realOf }: GatePlace): boolean {
  const [above = folder] = folder.split(`${path.sep}node_modules`);
  if (above === folder) return false;
  const real = realOf(above || path.sep);
  return roots.some((root) => isBelow(root, real));
}

/**
 * The folders that take the place of one: the candidate's for what lies in a work tree. A folder of tools there
 * (`.tools/bin`, `.venv/bin`) stays behind it, as git tracks few of them.
 */
function inPlaceOf(folder: string, place: GatePlace, keepsTools: boolean): readonly string[] {
  // What is relative is looked for where the command runs: in the candidate's checkout.
  if (!path.isAbsolute(folder)) return [folder];
  const name = inWorkTree(folder, place);
  if (name === null) return isPackagesAbove(folder, place) ? [] : [folder];
  const moved = path.join(place.tree, name);
  return keepsTools && !isOfPackages(name) ? [moved, folder] : [moved];
}

function movedList(list: string, place: GatePlace, keepsTools: boolean): string {
  const folders = list.split(path.delimiter).flatMap((folder) => inPlaceOf(folder, place, keepsTools));
  return [...new Set(folders)].join(path.delimiter);
}

/** Yarn's Plug'n'Play of the checkout would answer every import of the gate's; `yarn run` puts its own there, as it is asked to. */
const plugAndPlay =
  /(^|\s)(--require|-r|--experimental-loader|--loader|--import)[\s=]+("[^"]*\.pnp\.(c?js|loader\.mjs)"|[^\s"]*\.pnp\.(c?js|loader\.mjs))(?=\s|$)/g;

const rewritten: Readonly<Record<string, (value: string, place: GatePlace) => string>> = {
  PATH: (list, place) => movedList(list, place, true),
  NODE_PATH: (list, place) => movedList(list, place, false),
  NODE_OPTIONS: (options) => options.replace(plugAndPlay, '').trim(),
};

/** The environment of a gate command, made of that in which loopbreaker was called. */
export function gateEnvironment(env: NodeJS.ProcessEnv, place: GatePlace): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !ofTheCaller.test(name));
  const ours = kept.map(([name, value]) => {
    const rewrite = place.roots.length === 0 || value === undefined ? undefined : rewritten[name];
    return [name, rewrite === undefined || value === undefined ? value : rewrite(value, place)] as const;
  });
  return { ...Object.fromEntries(ours), PWD: place.tree };
}
