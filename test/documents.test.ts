import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeProblem } from '../scripts/core/documents.ts';
import { type DocumentKind, parseDocument, parseWithSchema, validateDocument } from '../scripts/effects/schema.ts';

interface Case {
  readonly name: string;
  readonly kind: DocumentKind;
  readonly text: string;
  /** What describeProblem says of the first problem. */
  readonly says: string;
  readonly remedy: RegExp;
}

const cases: readonly Case[] = [
  {
    name: 'a value of the wrong type',
    kind: 'loop',
    text: '{\n  "agent": {\n    "command": ["a"],\n    "timeoutSeconds": "5"\n  }\n}',
    says: 'x.json:4:23 /agent/timeoutSeconds: found "5", allowed: integer',
    remedy: /type integer/,
  },
  {
    name: 'an unknown key, with the one that was meant',
    kind: 'breaker',
    text: '{\n  "failuresMax": 5,\n  "windowSecond": 60\n}',
    says: 'x.json:3:3 /windowSecond: found key "windowSecond", allowed: sameSignatureMax, failuresMax, windowSeconds, quarantine, configFatal, probeLeaseSeconds, successesToClose, retry - did you mean "windowSeconds"?',
    remedy: /rename the key "windowSecond" to "windowSeconds"/,
  },
  {
    name: 'a word that is not in the list, with the one that was meant',
    kind: 'loop',
    text: '{ "agent": { "command": ["a"], "output": "txt" } }',
    says: 'x.json:1:42 /agent/output: found "txt", allowed: "text", "claude-stream-json", "codex-json", "gemini-json" - did you mean "text"?',
    remedy: /write "text"/,
  },
  {
    name: 'a number out of bounds',
    kind: 'breaker',
    text: '{ "failuresMax": 129 }',
    says: 'x.json:1:18 /failuresMax: found 129, allowed: a number <= 128',
    remedy: /<= 128/,
  },
  {
    name: 'a missing key that has no default',
    kind: 'loop',
    text: '{ "agent": {} }',
    says: 'x.json:1:12 /agent: found no key "command", allowed: an object with the key "command"',
    remedy: /add the key "command"/,
  },
  {
    name: 'an item of a list in the manifest',
    kind: 'runtime-manifest',
    text: '{ "hooks": ["pre-push",\n "precommit"] }',
    says: 'did you mean "pre-commit"?',
    remedy: /write "pre-commit"/,
  },
  {
    name: 'a trailing comma',
    kind: 'breaker',
    text: '{\n  "failuresMax": 5,\n}',
    says: 'x.json:3:1: There is a comma before "}". (found "}", allowed: JSON)',
    remedy: /remove the trailing comma/,
  },
  {
    name: 'a comment',
    kind: 'breaker',
    text: '{\n  // five\n  "failuresMax": 5 }',
    says: 'x.json:2:3: Comments are not part of JSON.',
    remedy: /remove the comment/,
  },
  {
    name: 'a text that is cut off',
    kind: 'breaker',
    text: '{ "failuresMax": 5',
    says: 'x.json:1:19: The text ends before all brackets are closed.',
    remedy: /close the brackets/,
  },
  {
    name: 'two values without a comma between',
    kind: 'breaker',
    text: '{ "failuresMax": 5 "windowSeconds": 9000 }',
    says: 'x.json:1:19: A comma is missing here.',
    remedy: /add a comma/,
  },
  {
    name: 'a line without its comma, at that line and not at the next',
    kind: 'breaker',
    text: '{\n  "failuresMax": 5\n\n  "windowSeconds": 9000\n}',
    says: 'x.json:2:19: A comma is missing here.',
    remedy: /add a comma here/,
  },
  {
    name: 'a key that stands twice',
    kind: 'breaker',
    text: '{\n "retry": { "attemptsMax": 1,\n  "attemptsMax": 2 } }',
    says: 'x.json:3:3 /retry/attemptsMax: The key "attemptsMax" stands here a second time',
    remedy: /remove one of the two/,
  },
  {
    name: 'a byte order mark',
    kind: 'breaker',
    text: '\ufeff{}',
    says: 'x.json:1:1: The file begins with a byte order mark',
    remedy: /without BOM/,
  },
  { name: 'an empty file', kind: 'breaker', text: '', says: 'x.json:1:1: The file is empty.', remedy: /git checkout/ },
  {
    name: 'a list where an object belongs',
    kind: 'breaker',
    text: '[]',
    says: 'x.json:1:1: found [], allowed: object',
    remedy: /type object/,
  },
];

for (const { name, kind, text, says, remedy } of cases) {
  test(`a ${kind} document with ${name} is refused with its place and what is allowed`, () => {
    const parsed = parseDocument(kind, text, 'x.json');
    assert(!parsed.ok);
    const [first] = parsed.problems;
    assert(first !== undefined);
    assert(describeProblem(first).includes(says), describeProblem(first));
    assert.match(first.remedy, remedy);
  });
}

test('all problems of a document are told at once', () => {
  const parsed = parseDocument('breaker', '{ "failuresMax": 0, "windowSeconds": -1, "retri": {} }', 'x.json');
  assert(!parsed.ok);
  assert.deepEqual(parsed.problems.map((problem) => problem.pointer).sort(), [
    '/failuresMax',
    '/retri',
    '/windowSeconds',
  ]);
});

test('a string that holds a quoted word and a colon is not taken for a second key', () => {
  const text = '{ "agent": { "command": ["say", "\\"agent\\": {\\"agent\\": 1}"] } }';
  assert(parseDocument('loop', text, 'x.json').ok);
});

test('every key but the agent command has its documented default', () => {
  const loop = parseDocument<{ readonly iterationsMax: number; readonly completion: { readonly token: string } }>(
    'loop',
    '{ "agent": { "command": ["a"] } }',
    'x.json',
  );
  assert(loop.ok);
  assert.equal(loop.value.iterationsMax, 50);
  assert.equal(loop.value.completion.token, '<promise>COMPLETE {{nonce}}</promise>');
  const breaker = parseDocument<{ readonly retry: { readonly budgetTokens: number } }>('breaker', '{}', 'x.json');
  assert(breaker.ok);
  assert.equal(breaker.value.retry.budgetTokens, 10);
});

test('a value is validated as the JSON that it would become, and is not changed', () => {
  const value = { failuresMax: 5, windowSeconds: undefined };
  assert.deepEqual(validateDocument('breaker', value, 'x.json'), []);
  assert.deepEqual(Object.keys(value), ['failuresMax', 'windowSeconds']);
  assert.equal(validateDocument('breaker', { failuresMax: 0 }, 'x.json').length, 1);
  assert.equal(validateDocument('breaker', undefined, 'x.json').length, 1);
});

test("a document is checked against a user's schema in the dialect that it declares", () => {
  const schema = (dialect: string, items: string) =>
    `{ "$schema": "${dialect}", "type": "object", "properties": { "pair": { "type": "array", ${items} } } }`;
  const old = schema('http://json-schema.org/draft-07/schema#', '"items": [{ "type": "number" }]');
  const fresh = schema('https://json-schema.org/draft/2020-12/schema', '"prefixItems": [{ "type": "number" }]');
  for (const text of [old, fresh]) {
    assert(parseWithSchema(text, 's.json', '{ "pair": [1] }', 'x.json').ok);
    const wrong = parseWithSchema(text, 's.json', '{ "pair": ["1"] }', 'x.json');
    assert(!wrong.ok);
    assert.equal(wrong.problems[0]?.pointer, '/pair/0');
  }
});

test('a schema that is none is named itself', () => {
  for (const text of ['[]', '{ "type": "objct" }', '{ "$ref": "https://example.invalid/x" }']) {
    const parsed = parseWithSchema(text, 's.json', '{}', 'x.json');
    assert(!parsed.ok);
    assert.deepEqual([parsed.problems[0]?.code, parsed.problems[0]?.path], ['schema-unusable', 's.json']);
  }
  const broken = parseWithSchema('{', 's.json', '{}', 'x.json');
  assert(!broken.ok);
  assert.deepEqual([broken.problems[0]?.code, broken.problems[0]?.path], ['document-not-json', 's.json']);
});
