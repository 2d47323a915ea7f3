/** One run of the test suite under a given Node and git, and what became of it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Suite {
  /** The repository whose tests are run. */
  readonly directory: string;
  readonly files: readonly string[];
  /** Folders that come first in the PATH of the tests and of all that they start. */
  readonly programs: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export interface SuiteEnd {
  /** null when the summary could not be read: then nothing is known, and it is red. */
  readonly counts: Counts | null;
  readonly red: readonly string[];
  readonly exitCode: number | null;
  readonly durationMs: number;
}

export interface Counts {
  readonly tests: number;
  readonly pass: number;
  readonly fail: number;
  readonly skipped: number;
}

/** How many test files run at once, as in `npm test`. */
const concurrency = 3;

/** The last lines of node:test's TAP output, `# tests 12` and its like; null when they are not there. */
export function countsOf(tap: string): Counts | null {
  const last = (name: string) =>
    tap
      .match(new RegExp(`^# ${name} (\\d+)$`, 'gm'))
      ?.at(-1)
      ?.split(' ')
      .at(-1);
  const [tests, pass, fail, cancelled, skipped] = ['tests', 'pass', 'fail', 'cancelled', 'skipped']
    .map(last)
    .map(Number);
  const all = [tests, pass, fail, cancelled, skipped];
  if (tests === undefined || pass === undefined || fail === undefined || cancelled === undefined) return null;
  return skipped === undefined || all.some(Number.isNaN) ? null : { tests, pass, fail: fail + cancelled, skipped };
}

/** The names of the tests that failed, each with its file where TAP says it. */
export function redOf(tap: string): readonly string[] {
  return [...tap.matchAll(/^ *not ok \d+ - (.*)$/gm)].flatMap(([, name = '']) => (name.includes(' # ') ? [] : [name]));
}

/** Runs the files; what node:test says goes to our own stdout and stderr as it comes. */
export async function runSuite({ directory, files, programs, env }: Suite): Promise<SuiteEnd> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'loopbreaker-matrix-'));
  const tapFile = path.join(scratch, 'tap');
  const reporters = ['spec', 'stdout', 'tap', tapFile].flatMap((value, at) =>
    at % 2 === 0 ? [`--test-reporter=${value}`] : [`--test-reporter-destination=${value}`],
  );
  const args = ['--import', 'tsx', '--test', `--test-concurrency=${concurrency}`, ...reporters, ...files];
  const PATH = [...programs, env.PATH ?? ''].join(path.delimiter);
  const begun = performance.now();
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      const child = spawn('node', args, {
        cwd: directory,
        env: { ...env, PATH },
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      child.on('error', reject).on('close', resolve);
    });
    const tap = readFileSync(tapFile, 'utf8');
    return { counts: countsOf(tap), red: redOf(tap), exitCode, durationMs: performance.now() - begun };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Whether every test was run to its end and passed; a suite without any test is none. */
export function isGreen({ counts, exitCode }: SuiteEnd): boolean {
  return exitCode === 0 && counts !== null && counts.fail === 0 && counts.tests > 0;
}
