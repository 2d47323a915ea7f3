/** A policy can be valid and still never work: a breaker that silently stops breaking is worse than one that refuses to start. */
import path from 'node:path';
import { type DocumentProblem, type Position, shown } from './documents.ts';
import type { BreakerPolicy, LoopPolicy, PromotePolicy } from './policy.ts';
import { type Nonsense, type RuleSense, ruleSense } from './rule-sense.ts';
import { type CheckoutPlace, placeSense } from './worktree-place.ts';

/** A valid policy and the file it was read from. */
export interface PolicySource<T> {
  readonly path: string;
  readonly text: string;
  readonly value: T;
}

export interface PolicySources {
  readonly loop?: PolicySource<LoopPolicy> | undefined;
  readonly promote?: PolicySource<PromotePolicy> | undefined;
  readonly breaker?: PolicySource<BreakerPolicy> | undefined;
  readonly rules?: PolicySource<{ readonly rules: readonly RuleSense[] }> | undefined;
}

/** Finds a pointer in a text; effects/json-places.ts has the one that is used. */
export type Locate = (text: string, pointer: string) => Position | undefined;

/** Seconds of the pauses between `failures` attempts in a row, each `factor` longer than the one before, capped. */
function backOffSeconds(retry: BreakerPolicy['retry'], failures: number): number {
  let [sum, pause] = [0, retry.baseSeconds];
  for (let index = 1; index < failures; index += 1) {
    sum += Math.min(pause, retry.capSeconds);
    pause = Math.min(pause * retry.factor, retry.capSeconds);
  }
  return sum;
}

function tooSmall(pointer: string, value: number, least: number, because: string): Nonsense | undefined {
  if (value >= least) return undefined;
  const key = pointer.split('/').at(-1);
  const problem = `${key} is ${value}, but ${because}.`;
  return {
    pointer,
    problem,
    found: shown(value),
    allowed: `at least ${least}`,
    remedy: `set ${key} to ${least} or more`,
  };
}

function breakerSense(breaker: BreakerPolicy): readonly (Nonsense | undefined)[] {
  const { retry, quarantine, failuresMax } = breaker;
  const pauses = Math.ceil(backOffSeconds(retry, failuresMax));
  const seen = Math.max(pauses + 1, retry.elapsedMaxSeconds + 1);
  const why = `it must be longer than the back-offs it has to see (${pauses} s between ${failuresMax} failures, up to ${retry.elapsedMaxSeconds} s inside one attempt), or the circuit never opens`;
  return [
    tooSmall('/windowSeconds', breaker.windowSeconds, seen, why),
    tooSmall(
      '/quarantine/capSeconds',
      quarantine.capSeconds,
      quarantine.baseSeconds,
      `the first quarantine is already ${quarantine.baseSeconds} s`,
    ),
    tooSmall(
      '/retry/capSeconds',
      retry.capSeconds,
      retry.baseSeconds,
      `the first pause is already ${retry.baseSeconds} s`,
    ),
  ];
}

/** A probe that is still at work must not be counted as dead: the lease outlives its circuit's longest single step. */
function leaseSense({ loop, promote, breaker }: PolicySources): Nonsense | undefined {
  if (breaker === undefined) return undefined;
  const steps: readonly (readonly [number, string])[] = [
    ...(loop === undefined ? [] : [[loop.value.agent.timeoutSeconds, `agent.timeoutSeconds of ${loop.path}`] as const]),
    ...(promote === undefined
      ? []
      : [
          ...(promote.value.command === null
            ? []
            : [[promote.value.commandTimeoutSeconds, `commandTimeoutSeconds of ${promote.path}`] as const]),
          [promote.value.prepareTimeoutSeconds, `prepareTimeoutSeconds of ${promote.path}`] as const,
          ...promote.value.qa.map(
            (qa) => [qa.timeoutSeconds, `the timeout of "${qa.name}" in ${promote.path}`] as const,
          ),
        ]),
  ];
  let longest: readonly [number, string] = [0, ''];
  for (const step of steps) if (step[0] > longest[0]) longest = step;
  const because = `a probe may be at work for ${longest[0]} s (${longest[1]}) and would be counted as failed meanwhile`;
  return tooSmall('/probeLeaseSeconds', breaker.value.probeLeaseSeconds, longest[0], because);
}

function tokenSense(token: string): Nonsense | undefined {
  const visible = /[\p{L}\p{N}\p{P}\p{S}]/u.test(token);
  if (visible && !/[\r\n\u2028\u2029]/.test(token)) return undefined;
  return {
    pointer: '/completion/token',
    problem: visible
      ? 'The completion token has more than one line, but only the last line of a message is compared with it.'
      : 'The completion token has no visible character, so that every message, or none, would claim completion.',
    found: shown(token),
    allowed: 'one line of visible text, such as "<promise>COMPLETE {{nonce}}</promise>"',
    remedy: 'write a token of one line, or leave the key out for the default',
  };
}

/** An alert goes one way: with both it would be unclear which of them has failed, with none it goes nowhere. */
function alertSense({ alerts }: LoopPolicy): readonly (Nonsense | undefined)[] {
  return alerts.map(({ command, url }, index) => {
    if ((command === undefined) !== (url === undefined)) return undefined;
    const problem = command === undefined ? 'This alert would reach nobody.' : 'This alert has two ways to go.';
    const allowed = '"command" or "url"';
    const found = command === undefined ? 'neither' : 'both';
    return { pointer: `/alerts/${index}`, problem, found, allowed, remedy: 'give it either a "command" or a "url"' };
  });
}

function nameProblem(key: 'remote' | 'target', name: string): string | undefined {
  if (name.trim() === '') return `${key} is empty, so nothing could ever be pushed.`;
  if (name.startsWith('-')) return `${key} begins with "-", which git would read as an option.`;
  if (key === 'remote') return undefined;
  if (name.startsWith('refs/')) return 'target is the name of a branch, without refs/heads/ in front.';
  // The rules of git check-ref-format that a branch name can break.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
  const forbidden = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$|(^|\/)\.|\.lock(\/|$)|^@$/;
  return forbidden.test(name) ? 'target cannot be the name of a branch: git check-ref-format refuses it.' : undefined;
}

function promoteSense(promote: PromotePolicy, checkout: CheckoutPlace | null): readonly (Nonsense | undefined)[] {
  const names = (['remote', 'target'] as const).map((key): Nonsense | undefined => {
    const problem = nameProblem(key, promote[key]);
    const allowed = key === 'remote' ? 'a remote such as "origin"' : 'a branch such as "main"';
    return problem === undefined
      ? undefined
      : { pointer: `/${key}`, problem, found: shown(promote[key]), allowed, remedy: `write ${allowed}` };
  });
  const directory = checkout === null ? null : path.resolve(checkout.root, promote.worktreeDirectory);
  return [...names, placeSense(promote.worktreeDirectory, directory, checkout)];
}

function problemsIn<T>(
  source: PolicySource<T> | undefined,
  locate: Locate,
  judge: (value: T) => readonly (Nonsense | undefined)[],
): readonly DocumentProblem[] {
  if (source === undefined) return [];
  return judge(source.value).flatMap((nonsense) =>
    nonsense === undefined
      ? []
      : [
          {
            code: 'policy-cannot-work',
            path: source.path,
            ...locate(source.text, nonsense.pointer),
            ...nonsense,
          } as const,
        ],
  );
}

/**
 * What makes valid policies unable to work, alone and together (design section 4), each with its place. Policies that
 * are left out are not judged; nor is, where no checkout is known, what a policy says of places beside it.
 */
export function senseProblems(
  policies: PolicySources,
  locate: Locate,
  checkout: CheckoutPlace | null = null,
): readonly DocumentProblem[] {
  return [
    ...problemsIn(policies.loop, locate, (loop) => [tokenSense(loop.completion.token), ...alertSense(loop)]),
    ...problemsIn(policies.promote, locate, (promote) => promoteSense(promote, checkout)),
    ...problemsIn(policies.breaker, locate, (breaker) => [...breakerSense(breaker), leaseSense(policies)]),
    ...problemsIn(policies.rules, locate, ({ rules }) => ruleSense(rules)),
  ];
}
