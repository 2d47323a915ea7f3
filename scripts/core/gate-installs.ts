/** Commands of the gate that install with another package manager than the one whose lockfile git holds. Pure. */
import path from 'node:path';
import type { PackageManager } from './init-facts.ts';
import { cleanInstall, lockfiles, managerOfLockfile, programOf } from './package-managers.ts';
import type { PromotePolicy } from './policy.ts';
import { readWords } from './script-commands.ts';
import type { Install } from './script-reading.ts';

/** What is known of the packages of a repository. */
export interface HeldLockfiles {
  /** Whether git holds the file. */
  readonly holds: (file: string) => boolean;
  /** What package.json names under "packageManager". */
  readonly declared: PackageManager | null;
}

/** One such command. */
export interface ForeignInstall {
  /** Its place in policy/promote.json, such as `/prepare/0`. */
  readonly pointer: string;
  /** `error`: it fails for every candidate. `warning`: it installs whatever fits at that hour. */
  readonly severity: 'error' | 'warning';
  readonly problem: string;
  readonly remedy: string;
}

/** An install that is tried first, or only if, was put there by somebody who knows that there may be no such lockfile. */
const conditional = /\|\||(^|[;&({\n])\s*(!\s*)?(if|case|test|\[\[?)\s/;

/** Whether the command is a package manager's install and nothing else. */
export function isInstall(argv: readonly string[]): boolean {
  return installsOf(argv).some(({ spelling }) => spelling === argv.join(' '));
}

function installsOf(argv: readonly string[]): readonly Install[] {
  if (argv.some((word) => conditional.test(word))) return [];
  const words = argv.map((text) => ({ text, kind: 'literal', origin: 'place' }) as const);
  const place = { origin: 'place', directory: '.', moved: false } as const;
  return readWords(words, { place, preloaded: false, depth: 0 }).installs;
}

/** A folder and those above it, up to the root: each manager looks for its lockfile there, for a workspace has one. */
function upwards(folder: string): readonly string[] {
  if (folder === '.') return [folder];
  return folder.startsWith('..') ? [] : [folder, ...upwards(path.posix.dirname(folder))];
}

/** The nearest lockfile of another manager, that of the declared one first; undefined where the install's own is held too. */
function otherLockfile({ program, directory }: Install, { holds, declared }: HeldLockfiles) {
  const held = upwards(path.posix.normalize(directory)).flatMap((folder) =>
    lockfiles.map(([name, manager]) => ({ file: path.posix.join(folder, name), manager })),
  );
  const found = held.filter(({ file }) => holds(file));
  if (found.some(({ manager }) => programOf(manager) === program)) return undefined;
  const isDeclared = ({ manager }: (typeof found)[number]): boolean =>
    declared !== null && programOf(manager) === programOf(declared);
  return found.find(isDeclared) ?? found[0];
}

/** Whether the gate may write the lockfile itself: one of these commands names it, makes it of another one, or installs without it. */
function mayWriteLockfile(commands: readonly (readonly string[])[], program: Install['program']): boolean {
  const own = lockfiles.flatMap(([file, manager]) => (programOf(manager) === program ? [file] : []));
  const isWriting = (argv: readonly string[]): boolean => {
    const line = argv.join(' ');
    const isNamed = [...own, `${program} import`].some((words) => line.includes(words));
    return isNamed || installsOf(argv).some((install) => install.program === program && !install.isStrict);
  };
  return commands.some(isWriting);
}

/** The clean install of the manager, which runs no scripts where the one before ran none. */
function insteadOf({ spelling }: Install, manager: PackageManager): readonly string[] {
  const install = cleanInstall(manager, true);
  if (!/ --ignore-scripts(=true)?( |$)/.test(spelling)) return install;
  return [...install, manager === 'yarn-berry' ? '--mode=skip-build' : '--ignore-scripts'];
}

function remedyFor(argv: readonly string[], install: Install, instead: readonly string[]): string {
  const isWhole = argv.join(' ') === install.spelling;
  const written = `[${instead.map((word) => JSON.stringify(word)).join(', ')}]`;
  return isWhole
    ? `write ${written} in its place`
    : `let it run "${instead.join(' ')}" in place of "${install.spelling}"`;
}

interface GateCommand {
  readonly pointer: string;
  readonly argv: readonly string[];
}

/** `before`: what the gate has run by then. */
function foreignOf(
  { pointer, argv }: GateCommand,
  before: readonly GateCommand[],
  held: HeldLockfiles,
): readonly ForeignInstall[] {
  const { holds, declared } = held;
  const soFar = [...before.map((command) => command.argv), argv];
  const bare = installsOf(argv).filter(({ isStrict, program }) => !isStrict || !mayWriteLockfile(soFar, program));
  return bare.flatMap((install): readonly ForeignInstall[] => {
    const { program, spelling, isStrict } = install;
    const other = otherLockfile(install, held);
    const isDeclared = declared !== null && programOf(declared) === program;
    // Without a lockfile by choice; that of the other manager is what an earlier change has left behind.
    if (other === undefined || (isDeclared && !isStrict)) return [];
    const manager = managerOfLockfile(other.manager, declared === 'yarn-berry' || holds('.yarnrc.yml'));
    const effect = isStrict
      ? 'so it fails, and the gate blocks every branch without one'
      : 'so the gate judges branches with packages that nobody has locked';
    const problem = `${pointer} of policy/promote.json runs "${spelling}", but the lockfile here is ${other.file}, and ${program} has none: ${effect}.`;
    const edit = remedyFor(argv, install, insteadOf(install, manager));
    const remedy = isDeclared ? `commit the lockfile of ${program} that package.json declares; or ${edit}` : edit;
    return [{ pointer, severity: isStrict ? 'error' : 'warning', problem, remedy }];
  });
}

/** All of them, in the order of the policy. Without QA nothing is prepared, and a promote program of one's own runs no gate of ours. */
export function foreignInstalls(
  { prepare, qa, command }: Pick<PromotePolicy, 'prepare' | 'qa' | 'command'>,
  held: HeldLockfiles,
): readonly ForeignInstall[] {
  if (qa.length === 0 || command !== null) return [];
  const commands: readonly GateCommand[] = [
    ...prepare.map((argv, index) => ({ pointer: `/prepare/${index}`, argv })),
    ...qa.map(({ command: argv }, index) => ({ pointer: `/qa/${index}/command`, argv })),
  ];
  return commands.flatMap((one, index) => foreignOf(one, commands.slice(0, index), held));
}
