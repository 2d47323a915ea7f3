/** Known faults, each put into a throw-away copy of the program: a matrix that does not see them would prove nothing. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { executeDirectly } from '../effects/process.ts';
import { traceRun, unsyncedRenames, whyNoCalls } from './calls.ts';
import { type Ground, makeGround, playAll } from './matrix.ts';
import { type Point, pointsOf } from './points.ts';
import type { Fault } from './program.ts';
import { copyWorld, crashEnvironment } from './world.ts';

/** What is looked at: points of the matrix, or a question of its own; the answer names what is wrong, null: nothing. */
type Trap =
  | { readonly points: (point: Point) => boolean }
  | { readonly ask: (ground: Ground) => Promise<string | null> };

export interface Mutant {
  readonly name: string;
  readonly fault: Fault;
  readonly trap: Trap;
}

export interface MutantEnd {
  readonly name: string;
  /** The invariant that was broken; null: it survived. */
  readonly caughtBy: string | null;
  readonly where: string;
  /** A mutant is to be caught, the healthy program is not. */
  readonly asItShould: boolean;
}

const isPush = ({ phase, words }: Point) => phase === 'push' && words.startsWith('push ');

/** Asks the program for a proof that the target is a descendant of the branch, which it is not. */
const proofOfNothing = `
const [git, questions, clone] = process.argv.slice(1);
const { openGit } = await import(git);
const { questionsOf } = await import(questions);
const asked = questionsOf(openGit(clone, process.env));
const tip = await asked.commitOf('refs/heads/agent/work');
const base = await asked.commitOf('refs/heads/main');
process.stdout.write(String(await asked.proveFastForward('main', tip, base)));
`;

async function askForProof({ bench, stages, directory }: Ground): Promise<string | null> {
  const [stage] = stages;
  if (stage === undefined) throw new Error('a mutant needs a stage');
  const world = copyWorld(stage.template, path.join(directory, 'proof'));
  const moduleOf = (name: string) => pathToFileURL(path.join(bench.program, 'scripts/effects', `${name}.ts`)).href;
  const args = [
    '--import',
    import.meta.resolve('tsx'),
    '--input-type=module',
    '--eval',
    proofOfNothing,
    moduleOf('git'),
    moduleOf('git-questions'),
    world.clone,
  ];
  const env = crashEnvironment();
  const end = await executeDirectly({ argv: [process.execPath, ...args], cwd: world.clone, env });
  if (end.exitCode !== 0) throw new Error(`no answer: ${end.stderr}`);
  return end.stdout === 'null' ? null : 'a proof of fast-forward is made for a descendant and for nothing else';
}

async function askForSync(ground: Ground): Promise<string | null> {
  if (whyNoCalls() !== null) return null;
  const [stage] = ground.stages;
  if (stage === undefined) throw new Error('a mutant needs a stage');
  const [unsynced] = unsyncedRenames((await traceRun(ground.bench, stage, ground.directory)).trace);
  return unsynced === undefined ? null : `state is on the disk before it takes its place (${unsynced})`;
}

/** What an earlier run wrote down, believed instead of asking the remote. */
const believesJournal = `const told = process.getBuiltinModule('node:fs')
      .readFileSync(\`\${run.world.logPath('x').replace(/runs\\/[^/]*$/, '')}events.jsonl\`, 'utf8');
    if (told.split('"phase":"push"').length > 2) {
      run.memory.fetched = { ...fetched, targetSha: candidate.sha };
      return ok;
    }
    const proof = await git.proveFastForward(`;

/** The mutants; the last one is seen only where strace is. */
export const mutants: readonly Mutant[] = [
  {
    name: 'the push has no lease',
    fault: {
      file: 'scripts/effects/git-remotes.ts',
      text: '`--force-with-lease=$' + '{ref}:$' + '{proof.old}`',
      instead: "'--force'",
    },
    trap: { points: (point) => point.victim === 'rival' && isPush(point) },
  },
  {
    name: 'the push needs no proof',
    fault: {
      file: 'scripts/effects/git-questions.ts',
      text: '(await isAncestor(old, candidate)) ? {',
      instead: 'true ? {',
    },
    trap: { ask: askForProof },
  },
  {
    name: "git's exit code is believed, the remote is not asked",
    fault: {
      file: 'scripts/promote/push.ts',
      text: 'const now = await targetNow(run, fetched);',
      // Not what is tried again: the second push finds the target where it wants it, and all is well.
      instead: `if (end.exitCode !== 0) return failed(ownFailure('push', ownRules.notFastForward));
  const now = candidate;`,
    },
    trap: { points: (point) => isPush(point) && point.moment === 'after' && point.victim === 'git' },
  },
  {
    name: 'what a dead run wrote down is believed, the world is not asked',
    fault: {
      file: 'scripts/promote/push.ts',
      text: 'const proof = await git.proveFastForward(',
      instead: believesJournal,
    },
    trap: { points: (point) => isPush(point) && point.moment === 'before' && point.victim === 'all' },
  },
  {
    name: 'the push does not hold the promote lock',
    fault: {
      file: 'scripts/effects/git-remotes.ts',
      text: 'await run(args, { inherit: [lockFd], ',
      instead: 'await run(args, { ',
    },
    trap: { points: (point) => isPush(point) && point.moment === 'during' && point.victim === 'ours' },
  },
  {
    name: 'state is renamed before it is synced',
    fault: {
      file: 'scripts/effects/atomic-file.ts',
      text: 'writeFileSync(fd, text);\n    fsyncSync(fd);',
      instead: 'writeFileSync(fd, text);',
    },
    trap: { ask: askForSync },
  },
];

type Catch = Pick<MutantEnd, 'caughtBy' | 'where'>;

async function spring(ground: Ground, { trap }: Mutant): Promise<Catch> {
  if ('ask' in trap) return { caughtBy: await trap.ask(ground), where: '' };
  const all = ground.stages.flatMap(({ strategy, commands }) => pointsOf(strategy, commands));
  const points = all.filter(trap.points);
  if (points.length === 0) throw new Error('no point of the matrix is where this mutant is to be seen');
  const played = await playAll(ground, points, { workers: 2, keep: false, onPlayed: () => undefined });
  const caught = played.find(({ violations }) => violations.length > 0);
  const [violation] = caught?.violations ?? [];
  if (caught === undefined || violation === undefined) return { caughtBy: null, where: '' };
  const { at, moment, victim, words } = caught.point;
  const where = `\n    at command ${at} (git ${words.split(' ')[0]}), ${moment}, ${victim}: ${violation.found}`;
  return { caughtBy: violation.invariant, where };
}

/** Makes a program with the fault and looks whether it is seen. Throws when the text to replace is not there. */
export async function tryMutant(mutant: Mutant): Promise<MutantEnd> {
  const ground = await makeGround(['ff-only'], [mutant.fault]);
  try {
    const caught = await spring(ground, mutant);
    return { name: mutant.name, ...caught, asItShould: caught.caughtBy !== null };
  } finally {
    ground.dispose();
  }
}

/** Looks at the program as it is with the eyes of every trap: what they catch there is a false alarm. */
export async function tryHealthy(): Promise<MutantEnd> {
  const ground = await makeGround(['ff-only']);
  const name = 'no fault at all';
  try {
    for (const mutant of mutants) {
      const caught = await spring(ground, mutant);
      if (caught.caughtBy !== null) return { name, ...caught, asItShould: false };
    }
    return { name, caughtBy: null, where: '', asItShould: true };
  } finally {
    ground.dispose();
  }
}
