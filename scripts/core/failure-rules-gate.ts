/**
 * Verdicts on the candidate: the lines with which test runners, compilers, linters and bundlers sum up. They are asked
 * before network and system, because what a red run prints on its way (a refused port, a retry that healed) is not what
 * stopped it. A hook that runs the same tools says the same thing in another phase.
 */
import type { FailureRule } from './classify.ts';
import { tellingLines } from './failure-noise.ts';
import { anyOf, candidatePhases, inPhases } from './failure-pattern.ts';

const red: Omit<FailureRule, 'pattern' | 'subclass'> = {
  id: 'qa-red',
  class: 'policy-terminal',
  problem: 'The QA gate is red for this candidate.',
  remedy: 'mend the branch and commit; the new commit is tried by itself',
};

const testsRed = anyOf(
  // node:test and TAP producers; a `# TODO` does not fail.
  /^[ \t]*not ok \d{1,7}$/m,
  /^(?:ℹ|#) (?:fail|cancelled) [1-9]|^✖ failing tests:|^# failed \d/m,
  // vitest, jest, mocha, ava, playwright, cypress, bun, deno.
  /^[ \t]*(?:Test Files|Tests|Test Suites):? +(?:\d{1,7} [a-z]{1,12}(?: \| |, ))*[1-9]\d{0,6} failed/m,
  /^[ \t]*FAIL {1,2}<file>$|Failed (?:Suites|Tests) [1-9]|● Test suite failed to run|Vitest caught \d{1,5} unhandled error/m,
  /^[ \t]*[1-9]\d{0,6} (?:failing|failed|fail|tests? failed|hooks? failed|uncaught exceptions?|unhandled rejections?|tests? (?:remained|timed out).{0,60})$/m,
  /^[ \t]*✖ {1,4}\d{1,5} of \d{1,5} failed|^(?:FAILED|error: Test failed)\b|^FAILED \| \d/m,
  // Python, Go, Rust.
  /^=+ .{0,160}\b[1-9]\d{0,6} (?:failed|errors?)\b.{0,120}=+$|^(?:FAILED|ERROR) \S{1,300}\.py\b|^=+ (?:FAILURES|ERRORS) =+$|^FAILED \((?:failures|errors)=/m,
  /^[1-9]\d{0,6} (?:failed|errors?)(?:, \d{1,7} \w{1,12}){0,6} in \d/m,
  /^[ \t]*--- FAIL: |^FAIL(?:\t\S|$)|^panic: (?:test timed out|runtime error)|\[build failed\]$/m,
  /^test result: FAILED\.|^error: (?:test failed|\d{1,5} targets? failed)|^[ \t]*Summary \[.{1,40}\].{0,80}\d failed/m,
  // JVM, Ruby, PHP, .NET, C++, Elixir, Swift.
  /^(?:\[ERROR\] )?Tests run: \d{1,7}, (?:Failures: [1-9]|Failures: \d{1,7}, Errors: [1-9])|There (?:are test failures|were failing tests)|^> Task :\S{1,200} FAILED|^\d{1,7} tests completed, [1-9]\d{0,6} failed/m,
  /^\d{1,7} (?:examples?|runs|tests|scenarios|assertions?), .{0,80}\b[1-9]\d{0,6} (?:failures?|errors?|failed)\b|^(?:FAILURES|ERRORS)!$|^Tests: \d{1,7}, Assertions: \d{1,7}, .{0,40}(?:Errors|Failures): [1-9]/m,
  /^[ \t]*Failed![ \t]+- Failed:[ \t]+[1-9]|^Test Run Failed\.|\d{1,7} tests failed out of \d|^Executed \d{1,7} tests?, with [1-9]/m,
  // A hanging test that is named.
  /Test timed out in \d{1,9} ?ms|Exceeded timeout of \d{1,9} ?ms|Timeout of \d{1,9} ?ms exceeded|test timed out after|Promise resolution is still pending but the event loop has already resolved|^E[ \t]{1,8}Failed: Timeout >/m,
);

const coverageLow = anyOf(
  /coverage threshold for .{1,80} not met|(?:line|branch|function|statement) coverage does not meet threshold|^ERROR: Coverage for \w{1,20} \(.{1,40}does not meet/im,
  /Required test coverage of .{1,40} not reached|^Coverage failure: total of|Coverage .{0,60}(?:below|under|less than|lower than).{0,40}(?:threshold|minimum|required|\d%)/im,
);

const lintRed = anyOf(
  /^[ \t]*✖ \d{1,7} problems?\b|^✖ +found \d|^[ \t]+\d{1,7}:\d{1,5}[ \t]+(?:error|✖)[ \t]/m,
  /^Found [1-9]\d{0,6} (?:errors?|warnings? and [1-9]\d{0,6} errors?)\b|^[✖×] (?:\d{1,6} problems|Some errors were emitted|Found \d)|Some errors were emitted while (?:running checks|applying)/m,
  /Code style issues (?:found|were found) in|would (?:be )?reformat(?:ted)?\b|Error occurred when checking code style|^Diff in \S|File content differs from formatting output|Formatter would have printed/m,
  /^[^\s:]{1,300}:\d{1,7}(?::\d{1,5})?: (?:(?:fatal )?error|[EWFCNRS]\d{3,4}|error:|warning:)\b|^[ \t]+--> [^\s:]{1,300}:\d{1,7}:\d{1,5}$/m,
  /✖ (?:eslint|prettier|tsc|biome)\b|husky - commit-msg script failed|\bSC\d{4}\b.{0,20}:|\bMD\d{3}\/[a-z]|^Your code has been rated|^diff --git a\/|^(?:WRN|\S{0,12} ?)leaks found: [1-9]|Package size limit has exceeded/m,
  /^- hook id: \S/m,
);

const buildRed = anyOf(
  /\berror (?:TS|CS|NG|FS|AL)\d{3,5}\b|^\S{1,300}\(\d{1,7},\d{1,5}\): error |^error(?:\[E\d{4}\])?: (?:could not compile|aborting due to)|^error\[E\d{4}\]/m,
  /^(?:✘|X) \[ERROR\] |^[ \t]*error during build:|^\[!\] |\bRollupError: |^ERROR in \S|compiled with \d{1,6} errors?\b|^Failed to compile\.?$|Build failed because of webpack errors|^(?:🚨 )?Build failed(?: with \d{1,6} errors?:|\.)/m,
  /^(?:\[ERROR\] )?COMPILATION ERROR|^FAILURE: Build failed with an exception|\bBUILD FAIL(?:URE|ED)\b|^Build FAILED\.|did not complete successfully: exit code: \d/m,
  /^(?:\w{1,30}Error: )?(?:Transform failed with|Build failed with) \d{1,5} errors?|Unable to compile TypeScript|^SyntaxError: .{1,300}\(\d{1,7}:\d{1,5}\)/m,
);

/** Red, whoever ran the tool: the gate itself, or a hook. */
export const verdictRules: readonly FailureRule[] = inPhases(
  [...candidatePhases, 'merge', 'push', 'custom'],
  [
    { ...red, subclass: 'tests-red', pattern: testsRed },
    { ...red, subclass: 'coverage', pattern: coverageLow },
    { ...red, subclass: 'lint', pattern: lintRed },
    { ...red, subclass: 'build', pattern: buildRed },
  ],
);

/** Asked last: words that no rule knows, where what runs is the candidate's; and the silence of a watchdog. */
export const gateRules: readonly FailureRule[] = [
  {
    id: 'watchdog',
    exitCode: 124,
    class: 'unknown',
    subclass: 'timeout',
    problem: 'It was stopped by a watchdog, and nothing that it printed says what hangs.',
    remedy: 'run it by hand and see what it waits for; give it a time limit of its own below that of the watchdog',
  },
  {
    id: 'prepare-red',
    phases: ['prepare'],
    ended: 'by-code',
    pattern: { test: (text) => tellingLines(text).length > 0 },
    class: 'policy-terminal',
    subclass: 'prepare-red',
    problem: 'The preparation of the QA gate failed for this candidate.',
    remedy: 'run the prepare command in a clean clone of the branch; mend the branch (often its lockfile) and commit',
  },
  {
    ...red,
    phases: ['qa'],
    subclass: 'qa-red',
    ended: 'by-code',
    pattern: { test: (text) => tellingLines(text).length > 0 },
  },
];
