/**
 * The doctor, asked by the loop, which goes on for hours: in a child process, so that the parsers and trees that a look
 * takes are gone with it, and so that what looks is what is on disk now.
 */
import { type DoctorResult, doctorExitCode, summarise } from './core/doctor.ts';
import { objectAt, parseObject } from './core/json-value.ts';
import { exitCodes } from './core/outcome.ts';
import { textAt } from './core/output-reader.ts';
import { type Execute, executeDirectly, type ProcessResult, timedOut } from './effects/process.ts';
import { parseDocument } from './effects/schema.ts';
import { doctorEntryPoint, ownProgram } from './own-program.ts';
import { doctorSummary } from './report/doctor-summary.ts';

export interface DoctorAnswer {
  /** `unknown`: something could not be checked, or the doctor itself gave no answer. Only `fit` is fit. */
  readonly verdict: 'fit' | 'red' | 'unknown';
  /** One line for each thing that is wrong or not known; empty when it is fit. */
  readonly summary: string;
}

export interface DoctorQuestion {
  /** Root of the work tree that is looked at. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** Ids of the checks; all but `state` when left out. */
  readonly only?: readonly string[];
  /** How the child is run; the default is node:child_process. */
  readonly execute?: Execute;
}

/** A look takes seconds; one that takes so long waits for something that does not come. */
const timeoutMs = 10 * 60 * 1000;

function howItEnded({ exitCode, signal, spawnError, stderr }: ProcessResult): string {
  if (spawnError === timedOut) return `it gave no answer in ${timeoutMs / 60_000} min`;
  const end = spawnError ?? (signal === null ? `exit code ${exitCode}` : `signal ${signal}`);
  const said = stderr.trim().split('\n').at(-1) ?? '';
  return `it ended with ${end}${said === '' ? '' : ` (${said.slice(0, 500)})`}`;
}

/** What stands for a doctor without a result: its refusal, such as a repository that git cannot work in, or how it ended. */
function noResult(end: ProcessResult): DoctorAnswer {
  const refusal = textAt(objectAt(parseObject(end.stdout) ?? {}, 'refusal'), 'problem');
  const why = refusal ?? howItEnded(end);
  const verdict = refusal !== null && end.exitCode === exitCodes.configFatal ? 'red' : 'unknown';
  return { verdict, summary: `the doctor could not look: ${why}` };
}

/** The result without what the loop itself answers for: state that cannot be read opens the circuits, and says so. */
function withoutState({ tree, population, checks }: DoctorResult): DoctorResult {
  return summarise(
    tree,
    population,
    checks.filter(({ id }) => id !== 'state'),
  );
}

/** Asks the doctor about a work tree. Never throws for what the child does: an answer that is none is `unknown`. */
export async function askDoctor({ directory, env, only, execute }: DoctorQuestion): Promise<DoctorAnswer> {
  const chosen = only === undefined ? [] : ['--only', only.join(',')];
  const argv = ownProgram(doctorEntryPoint, '-C', directory, '--json', ...chosen);
  const end = await (execute ?? executeDirectly)({ argv, cwd: directory, env, timeoutMs });
  const parsed = parseDocument<DoctorResult>('doctor-output', end.stdout, 'the answer of the doctor');
  if (!parsed.ok || doctorExitCode(parsed.value) !== end.exitCode) return noResult(end);
  const result = withoutState(parsed.value);
  const code = doctorExitCode(result);
  const verdict = code === exitCodes.ok ? 'fit' : code === exitCodes.refused ? 'red' : 'unknown';
  return { verdict, summary: doctorSummary(result) };
}
