/** What a check of the doctor is, and the world that it may ask. */
import type { CheckOutcome, Finding } from '../core/doctor.ts';
import type { DocumentProblem, ParsedDocument } from '../core/documents.ts';
import type { Manifest } from '../core/manifest.ts';
import type { Locate } from '../core/policy-sense.ts';
import type { ChildEnd, ChildRequest } from '../effects/agent.ts';
import type { Disk } from '../effects/disk.ts';
import type { RunGit } from '../effects/git.ts';
import type { Machine } from '../effects/machine.ts';
import type { Execute } from '../effects/process.ts';
import type { ScanModule } from '../effects/scans.ts';
import type { DocumentKind } from '../effects/schema.ts';
import type { GradedTree } from '../effects/tree.ts';

/** The door to JSON documents. */
export interface Documents {
  readonly parse: <T>(kind: DocumentKind, text: string, path: string) => ParsedDocument<T>;
  readonly parseWithSchema: (
    schemaText: string,
    schemaPath: string,
    text: string,
    path: string,
  ) => ParsedDocument<unknown>;
  /** Why a text is no JSON object, with its first wrong place; undefined when it is one. */
  readonly objectProblem: (text: string, path: string) => DocumentProblem | undefined;
  readonly locate: Locate;
}

/** What the store says about loopbreaker's own state: findings with the codes `state-…`. */
export interface StateReading {
  readonly findings: readonly Finding[];
  /** Why there is nothing to read, such as a repository in which no loop ran yet. */
  readonly skipped?: string;
}

export type ManifestReading =
  | { readonly ok: true; readonly manifest: Manifest; readonly text: string }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] };

export interface CheckContext {
  readonly tree: GradedTree;
  /** runtime-manifest.json of that tree. */
  readonly manifest: ManifestReading;
  readonly disk: Disk;
  /** Runs in the root of the work tree. */
  readonly git: RunGit;
  readonly execute: Execute;
  /** The environment without another repository's variables. */
  readonly env: NodeJS.ProcessEnv;
  /** The git directory that all worktrees share, absolute. */
  readonly commonDirectory: string;
  readonly documents: Documents;
  /** What a source file imports, remembered by its content. */
  readonly scanModule: ScanModule;
  /** This computer and worktree, opened on the first call; nothing of it is loaded before. */
  readonly machine?: (() => Promise<Machine>) | undefined;
  readonly readState?: (() => Promise<StateReading>) | undefined;
  /** Asked for with --deep: probes that take longer, in a clean checkout of the graded tree. */
  readonly deep?: boolean;
  /** Root of a clean checkout of the graded tree, made on the first call and gone when the doctor ends. */
  readonly checkOut?: () => Promise<string>;
  /** Starts a program with limits and ends its whole process tree. */
  readonly runChild?: (request: ChildRequest) => Promise<ChildEnd>;
  /** YYYY-MM-DD. */
  readonly today: string;
  /** Monotonic, ms. */
  readonly elapsedMs: () => number;
}

/** One thing that `--fix` may do without a person: safe unattended, and the same when it is done twice. */
export interface Fix {
  /** One sentence: what it does. */
  readonly what: string;
  readonly apply: () => Promise<void>;
}

export interface Check {
  readonly id: string;
  readonly title: string;
  /** The question that it answers, in one sentence. */
  readonly asks: string;
  readonly run: (context: CheckContext) => Promise<CheckOutcome> | CheckOutcome;
  /** What can be done about its findings unattended; empty when there is nothing to do. */
  readonly fixes?: (context: CheckContext) => Promise<readonly Fix[]>;
}

/** A check that needs the manifest: without a valid one it could not check anything. */
export function withManifest(
  run: (context: CheckContext, manifest: Manifest) => Promise<CheckOutcome> | CheckOutcome,
): Check['run'] {
  return (context) =>
    context.manifest.ok
      ? run(context, context.manifest.manifest)
      : { findings: [], unknown: 'it needs a valid runtime-manifest.json' };
}

/** The finding that a problem of a document is. */
export function findingOf(problem: DocumentProblem, describe: (problem: DocumentProblem) => string): Finding {
  const { code, path, remedy, line } = problem;
  const text = describe(problem);
  return {
    code,
    severity: 'error',
    problem: text,
    remedy,
    commands: [],
    path,
    ...(line === undefined ? {} : { line }),
  };
}
