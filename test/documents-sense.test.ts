import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describeProblem } from '../scripts/core/documents.ts';
import type { BreakerPolicy, LoopPolicy, PromotePolicy } from '../scripts/core/policy.ts';
import { type PolicySource, senseProblems } from '../scripts/core/policy-sense.ts';
import type { RuleSense } from '../scripts/core/rule-sense.ts';
import { locateIn } from '../scripts/effects/json-places.ts';
import { policiesRefusal } from '../scripts/effects/policies.ts';
import { type DocumentKind, parseDocument } from '../scripts/effects/schema.ts';

function source<T>(kind: DocumentKind, value: unknown): PolicySource<T> {
  const [path, text] = [`policy/${kind}.json`, JSON.stringify(value, null, 2)];
  const parsed = parseDocument<T>(kind, text, path);
  assert(parsed.ok, parsed.ok ? '' : parsed.problems.map(describeProblem).join('\n'));
  return { path, text, value: parsed.value };
}

interface Texts {
  readonly loop?: object;
  readonly promote?: object;
  readonly breaker?: object;
  readonly rules?: readonly object[];
}

function sense({ loop = {}, promote = {}, breaker = {}, rules = [] }: Texts): readonly string[] {
  const policies = {
    loop: source<LoopPolicy>('loop', { agent: { command: ['a'] }, ...loop }),
    promote: source<PromotePolicy>('promote', promote),
    breaker: source<BreakerPolicy>('breaker', breaker),
    rules: source<{ readonly rules: readonly RuleSense[] }>('failure-classes', { rules }),
  };
  return senseProblems(policies, locateIn).map((problem) => `${problem.path}:${problem.line} ${problem.pointer}`);
}

const ruleEnd = { class: 'transient', subclass: 'network', remedy: 'wait' };

const cases: readonly (readonly [string, Texts, string])[] = [
  [
    'a window shorter than the retries of one attempt',
    { breaker: { windowSeconds: 300 } },
    'breaker.json:2 /windowSeconds',
  ],
  [
    'a window shorter than the pauses between its failures',
    { breaker: { windowSeconds: 1000, failuresMax: 128 } },
    'breaker.json:2 /windowSeconds',
  ],
  [
    'a lease shorter than an agent run',
    { loop: { agent: { command: ['a'], timeoutSeconds: 6000 } } },
    'breaker.json:1 /probeLeaseSeconds',
  ],
  [
    'a lease shorter than a QA command',
    { promote: { qa: [{ name: 't', command: ['t'], timeoutSeconds: 5401 }] } },
    'breaker.json:1 /probeLeaseSeconds',
  ],
  ['a lease shorter than preparing', { promote: { prepareTimeoutSeconds: 5401 } }, 'breaker.json:1 /probeLeaseSeconds'],
  [
    'a quarantine cap below its base',
    { breaker: { quarantine: { baseSeconds: 600, capSeconds: 500 } } },
    'breaker.json:4 /quarantine/capSeconds',
  ],
  ['a retry cap below its base', { breaker: { retry: { baseSeconds: 30 } } }, 'breaker.json:2 /retry/capSeconds'],
  ['an empty token', { loop: { completion: { token: '' } } }, 'loop.json:8 /completion/token'],
  ['a token of blanks', { loop: { completion: { token: ' \t' } } }, 'loop.json:8 /completion/token'],
  ['a token that nobody can see', { loop: { completion: { token: '\u200b\u2060' } } }, 'loop.json:8 /completion/token'],
  ['a token of two lines', { loop: { completion: { token: 'A\nB' } } }, 'loop.json:8 /completion/token'],
  ['an empty target', { promote: { target: '' } }, 'promote.json:2 /target'],
  ['a target that is an option', { promote: { target: '--delete' } }, 'promote.json:2 /target'],
  ['a target with its ref prefix', { promote: { target: 'refs/heads/main' } }, 'promote.json:2 /target'],
  ['a target that git refuses', { promote: { target: 'a..b' } }, 'promote.json:2 /target'],
  ['a remote that is an option', { promote: { remote: '-o' } }, 'promote.json:2 /remote'],
  ['an absolute worktree directory', { promote: { worktreeDirectory: '/tmp' } }, 'promote.json:2 /worktreeDirectory'],
  [
    'a worktree directory around the repository',
    { promote: { worktreeDirectory: 'a/../../..' } },
    'promote.json:2 /worktreeDirectory',
  ],
  ['the root as worktree directory', { promote: { worktreeDirectory: '.' } }, 'promote.json:2 /worktreeDirectory'],
  ['a worktree directory in .git', { promote: { worktreeDirectory: '.git/x' } }, 'promote.json:2 /worktreeDirectory'],
  [
    'a worktree directory in the .git of a neighbour',
    { promote: { worktreeDirectory: '../b/.git/x' } },
    'promote.json:2 /worktreeDirectory',
  ],
  [
    'a pattern with lookahead',
    { rules: [{ id: 'a', pattern: '(?=x)y', ...ruleEnd }] },
    'failure-classes.json:5 /rules/0/pattern',
  ],
  [
    'a pattern with a backreference',
    { rules: [{ id: 'a', pattern: '(a)\\1', ...ruleEnd }] },
    'failure-classes.json:5 /rules/0/pattern',
  ],
  ['a rule without a condition', { rules: [{ id: 'a', ...ruleEnd }] }, 'failure-classes.json:3 /rules/0'],
  [
    'two rules of one id',
    {
      rules: [
        { id: 'a', contains: 'x', ...ruleEnd },
        { id: 'a', contains: 'y', ...ruleEnd },
      ],
    },
    'failure-classes.json:11 /rules/1/id',
  ],
];

for (const [name, texts, expected] of cases) {
  test(`a valid policy with ${name} is refused, because it cannot work`, () => {
    assert.deepEqual(sense(texts), [`policy/${expected}`]);
  });
}

test('the defaults can work', () => {
  assert.deepEqual(sense({}), []);
});

test('a pattern that would blow up a backtracking engine is fine: it is matched in linear time', () => {
  assert.deepEqual(sense({ rules: [{ id: 'a', pattern: '(a+)+$', ...ruleEnd }] }), []);
});

test("this repository's own policies are valid and can work", () => {
  const read = (kind: string): object =>
    JSON.parse(readFileSync(new URL(`../policy/${kind}.json`, import.meta.url), 'utf8'));
  const { rules } = source<{ readonly rules: readonly object[] }>('failure-classes', read('failure-classes')).value;
  assert.deepEqual(sense({ loop: read('loop'), promote: read('promote'), breaker: read('breaker'), rules }), []);
});

test('one fault of the policies stands in the sentence, several stand one a line', () => {
  const said = (...texts: readonly string[]) => {
    const problems = texts.flatMap((text) => {
      const parsed = parseDocument('promote', text, 'policy/promote.json');
      return parsed.ok ? [] : parsed.problems;
    });
    return policiesRefusal({ ok: false, missing: [], problems }, 'here').detail.problem;
  };
  assert.match(
    said('{"remote": 1}'),
    /^The policies cannot be used: policy\/promote\.json:1:\d+ \/remote: found 1, .*$/,
  );
  const [first, ...more] = said('{"remote": 1, "targett": "main"}', '{').split('\n');
  assert.equal(first, 'The policies cannot be used:');
  assert.equal(more.length, 3);
  assert.ok(more.every((line) => line.startsWith('  policy/promote.json:1:')));
});
