/** Reads the policies, from disk or from a commit, and refuses what cannot work. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { FailureRule } from '../core/classify.ts';
import { type DocumentProblem, describeProblem } from '../core/documents.ts';
import type { FailureClass, Phase } from '../core/failure.ts';
import { type Manifest, manifestPath } from '../core/manifest.ts';
import { exitCodes, Refusal } from '../core/outcome.ts';
import type { BreakerPolicy, LoopPolicy, PromotePolicy } from '../core/policy.ts';
import { type PolicySource, senseProblems } from '../core/policy-sense.ts';
import { locateIn } from './json-places.ts';
import { type DocumentKind, parseDocument } from './schema.ts';

/** A rule as a user writes it in policy/failure-classes.json. */
export interface UserRule {
  readonly id: string;
  readonly phase?: Phase;
  readonly exitCode?: number;
  readonly errorCode?: string;
  readonly contains?: string;
  /** RE2 syntax: linear by construction, no lookaround, no backreference. */
  readonly pattern?: string;
  readonly class: FailureClass;
  readonly subclass: string;
  readonly remedy: string;
}

export interface Policies {
  readonly manifest: Manifest;
  readonly loop: LoopPolicy;
  readonly promote: PromotePolicy;
  readonly breaker: BreakerPolicy;
  /** The user's own rules, to be asked before the built-in ones. */
  readonly rules: readonly FailureRule[];
  /** Hash over the texts: changes when any of them changes. */
  readonly hash: string;
}

/** Text of a file of the source, or null when it has none. */
export type ReadText = (path: string) => Promise<string | null>;

export const policyPaths = {
  manifest: manifestPath,
  loop: 'policy/loop.json',
  promote: 'policy/promote.json',
  breaker: 'policy/breaker.json',
  failureClasses: 'policy/failure-classes.json',
} as const;

export type PoliciesReading =
  | { readonly ok: true; readonly policies: Policies }
  | { readonly ok: false; readonly missing: readonly string[]; readonly problems: readonly DocumentProblem[] };

async function compileRule(rule: UserRule): Promise<FailureRule> {
  const { phase, pattern, remedy, ...rest } = rule;
  const matcher = pattern === undefined ? null : (await import('re2js')).RE2JS.compile(pattern);
  return {
    ...rest,
    ...(phase === undefined ? {} : { phases: [phase] }),
    ...(matcher === null ? {} : { pattern: { test: (text: string) => matcher.matcher(text).find() } }),
    problem: `A rule of policy/failure-classes.json ("${rule.id}") knows this failure.`,
    remedy,
  };
}

/** Reads all policies of one source. Every problem of every file is reported at once; nothing is thrown for them. */
export async function readPolicies(read: ReadText): Promise<PoliciesReading> {
  const missing: string[] = [];
  const problems: DocumentProblem[] = [];

  async function source<T>(kind: DocumentKind, path: string): Promise<PolicySource<T> | undefined> {
    const text = await read(path);
    if (text === null) {
      missing.push(path);
      return undefined;
    }
    const parsed = parseDocument<T>(kind, text, path);
    if (parsed.ok) return { path, text, value: parsed.value };
    problems.push(...parsed.problems);
    return undefined;
  }

  const manifest = await source<Manifest>('runtime-manifest', policyPaths.manifest);
  const loop = await source<LoopPolicy>('loop', policyPaths.loop);
  const promote = await source<PromotePolicy>('promote', policyPaths.promote);
  const breaker = await source<BreakerPolicy>('breaker', policyPaths.breaker);
  const rules = await source<{ readonly rules: readonly UserRule[] }>('failure-classes', policyPaths.failureClasses);
  problems.push(...senseProblems({ loop, promote, breaker, rules }, locateIn));
  if (!manifest || !loop || !promote || !breaker || !rules || problems.length > 0)
    return { ok: false, missing, problems };
  const compiled = await Promise.all(rules.value.rules.map(compileRule));
  const hash = createHash('sha256');
  for (const { path, text } of [manifest, loop, promote, breaker, rules])
    hash.update(`${path}\0${text.length}\0${text}`);
  const policies: Policies = {
    manifest: manifest.value,
    loop: loop.value,
    promote: promote.value,
    breaker: breaker.value,
    rules: compiled,
    hash: `sha256:${hash.digest('hex').slice(0, 32)}`,
  };
  return { ok: true, policies };
}

/** The user's own failure rules of a checkout; none without the file. Throws the refusal (78) when it cannot be used. */
export async function localFailureRules(root: string): Promise<readonly FailureRule[]> {
  const file = path.join(root, policyPaths.failureClasses);
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  const parsed = parseDocument<{ readonly rules: readonly UserRule[] }>(
    'failure-classes',
    text,
    policyPaths.failureClasses,
  );
  if (!parsed.ok) throw policiesRefusal({ ok: false, missing: [], problems: parsed.problems }, '');
  const problems = senseProblems({ rules: { path: policyPaths.failureClasses, text, value: parsed.value } }, locateIn);
  if (problems.length > 0) throw policiesRefusal({ ok: false, missing: [], problems }, '');
  return await Promise.all(parsed.value.rules.map(compileRule));
}

/** The refusal (78) for policies that are missing or broken, all problems in it. */
export function policiesRefusal(reading: Extract<PoliciesReading, { ok: false }>, where: string): Refusal {
  const lines = [
    ...reading.missing.map((path) => `${path} is missing ${where}`),
    ...reading.problems.map(describeProblem),
  ];
  const list = lines.length === 1 ? ` ${lines[0]}` : lines.map((line) => `\n  ${line}`).join('');
  return new Refusal({
    code: reading.missing.length > 0 ? 'policy-missing' : 'policy-broken',
    exitCode: exitCodes.configFatal,
    problem: `The policies cannot be used:${list}`,
    remedy:
      reading.missing.length > 0
        ? 'npm run doctor prints the command that brings back what git held; what never was there npx loopbreaker init writes'
        : 'correct the value; npm run doctor shows all of them',
  });
}
