import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { classify, explainFailure, type FailureInput, type TextPattern } from '../scripts/core/classify.ts';
import { parseFailureLine } from '../scripts/core/failure-line.ts';
import { builtInRules } from '../scripts/core/failure-rules.ts';
import { judgedBytesMax, judgedText } from '../scripts/core/signature.ts';
import { cpuMs } from './helpers/cpu-time.ts';

const judge = (phase: FailureInput['phase'], text: string, exitCode: number | null = 1) =>
  classify({ phase, exitCode, text }, builtInRules);

const ownLines = readFileSync(new URL('fixtures/failures-own.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');

for (const [index, line] of ownLines.entries()) {
  const parsed = parseFailureLine(line, index + 1);
  test(`a failure is classified as a person would: ${parsed.id}`, () => {
    assert.ok('input' in parsed && parsed.label !== null, line.slice(0, 80));
    const { class: found, rule } = classify(parsed.input, builtInRules);
    const plain = found === 'rate-limited' ? 'transient' : found;
    assert.ok(parsed.label.accept.includes(plain), `${found} by ${rule}, labelled ${parsed.label.accept.join(' or ')}`);
  });
}

/** The same words where they are the cause, and where they are only quoted. */
const quoted: readonly (readonly [says: string, phase: FailureInput['phase'], text: string])[] = [
  ['the title of a red test', 'qa', 'not ok 1 - retries on ECONNRESET and HTTP 503\n# fail 1'],
  ['the assertion of a red test', 'qa', 'not ok 1 - a\n  error: "connect ECONNREFUSED 10.0.0.9:5432"\n# fail 1'],
  [
    'the subject of a commit that conflicts',
    'merge',
    'error: could not apply efde7c7... fix: fatal: early EOF, HTTP 503',
  ],
  [
    'a download that was retried and healed',
    'qa',
    'curl: (22) The requested URL returned error: 503\nok\nnot ok 1 - a',
  ],
  [
    'a warning before a red linter',
    'qa',
    'npm warn tarball ECONNRESET. Trying again.\n✖ 2 problems (2 errors, 0 warnings)',
  ],
];

for (const [says, phase, text] of quoted) {
  test(`a transient word is no cause in ${says}`, () => assert.equal(judge(phase, text).class, 'policy-terminal'));
}

const unpackedNothing = [
  'npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write',
  'npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write',
  'npm error code EJSONPARSE',
  'npm error JSON.parse Invalid package.json: JSONParseError: Unexpected end of JSON input while parsing empty string',
  'npm error JSON.parse Failed to parse JSON data.',
].join('\n');

test('an install that found no room failed for that, and not for the files that it could not write', () => {
  const { class: found, rule } = judge('prepare', unpackedNothing);
  assert.deepEqual([found, rule], ['config-fatal', 'disk-full']);
  const broken = unpackedNothing.split('\n').slice(2).join('\n');
  for (const before of ['npm warn deprecated rimraf@3: see ENOSPC: no space left on device', '']) {
    assert.equal(judge('prepare', `${before}\n${broken}`).rule, 'dependencies-broken');
  }
  assert.equal(judge('qa', `${unpackedNothing}\nnot ok 1 - a\n# fail 1`).rule, 'qa-red');
});

test('a remote on this machine that refuses is down, and a refusal on the way to another one is the proxy', () => {
  const refused = (url: string, at: string) =>
    judge(
      'fetch',
      `fatal: unable to access '${url}/x.git/': Failed to connect to ${at} after 0 ms: Couldn't connect`,
      128,
    );
  for (const [url, at] of [
    ['http://127.0.0.1:9', '127.0.0.1 port 9'],
    ['https://me@localhost', 'localhost port 443'],
    ['http://[::1]:3000', '::1 port 3000'],
  ] as const) {
    assert.equal(refused(url, at).rule, 'remote-unreachable', url);
  }
  for (const url of ['https://example.org', 'http://127.0.0.1:3000', 'http://127.0.0.1']) {
    assert.equal(refused(url, '127.0.0.1 port 7890').rule, 'proxy-broken', url);
  }
});

test('contention is told from the same words with a cause that stays', () => {
  const lock = "fatal: Unable to create '/srv/app/.git/index.lock': ";
  assert.equal(judge('merge', `${lock}File exists.`, 128).class, 'transient');
  assert.equal(judge('merge', `${lock}Permission denied`, 128).class, 'config-fatal');
  assert.equal(judge('merge', `${lock}Read-only file system`, 128).class, 'config-fatal');
  const clash = "fatal: cannot lock ref 'refs/heads/a/b': 'refs/heads/a' exists; cannot create 'refs/heads/a/b'";
  assert.equal(judge('worktree', clash, 128).class, 'config-fatal');
});

test('a report in JSON says which step failed and how, whatever its wrapper exits with', () => {
  const report = (phase: string, exitCode: number, tail: string) =>
    JSON.stringify({ ok: false, phase, exitCode, tail }, null, 2);
  assert.equal(judge('custom', report('qa', 137, 'qa.sh: line 3: 20104 Killed  node x'), 20).class, 'transient');
  assert.equal(judge('custom', report('qa', 137, ''), 20).class, 'transient');
  assert.equal(judge('custom', report('qa', 1, 'expected 3, got 4'), 20).class, 'policy-terminal');
  assert.equal(judge('custom', report('qa', 1, ''), 20).class, 'unknown');
  assert.equal(
    judge('custom', report('push', 1, ' ! [rejected] a -> main (fetch first)\n'), 20).rule,
    'push-lost-lease',
  );
});

test('what execFileSync caught is read, as strings and as bytes', () => {
  const asString =
    "  stdout: 'CONFLICT (content): Merge conflict in a\\n' +\n    'Automatic merge failed\\n',\n  stderr: ''";
  assert.equal(judge('merge', `Error: Command failed: git merge work\n${asString}`).rule, 'git-conflict');
  const bytes = [...Buffer.from('CONFLICT (content): Merge conflict in a\n')].join(', ');
  assert.equal(
    judge('merge', `Error: Command failed: git merge work\n  stdout: Buffer(40) [\n    ${bytes}\n  ]`).rule,
    'git-conflict',
  );
});

test('silence, progress, warnings, wrappers and bytes that are no text tell nothing', () => {
  const nothing = [
    '',
    '\n\n',
    '  .....\n',
    'npm warn deprecated glob@7: no longer supported',
    '\u0000\ufffd\u0001\ufffdabc\ufffd',
  ];
  for (const text of nothing) assert.equal(judge('qa', text).class, 'unknown', JSON.stringify(text));
  assert.equal(judge('push', "error: failed to push some refs to 'x'").class, 'unknown');
  assert.equal(judge('qa', 'working', 124).class, 'unknown');
});

test('an agent is judged by its last lines alone', () => {
  const work = `fatal: Authentication failed for 'x'\nInvalid API key\n${'step\n'.repeat(40)}`;
  assert.equal(judge('agent', work).class, 'unknown');
  assert.equal(judge('agent', `${work}Invalid API key · Please run /login`).class, 'config-fatal');
  assert.equal(judge('agent', `Invalid API key\n${'step\n'.repeat(40)}API Error: 529 Overloaded`).class, 'transient');
});

test('an agent that misses a file of its work has crashed; one that misses its program or settings is set up wrongly', () => {
  const crash = (told: string, path: string) =>
    judge(
      'agent',
      `node:fs:573\n  throw err;\n  ^\n\nError: ${told}\n    at Object.open (node:fs:573:18) {\n  errno: -2,\n  code: 'ENOENT',\n  path: '${path}'\n}\n\nNode.js v20.20.2`,
    );
  const open = (path: string) => crash(`ENOENT: no such file or directory, open '${path}'`, path);
  assert.equal(open('test/rg.test.ts').class, 'unknown');
  assert.equal(open('/home/me/.agent/settings.json').rule, 'agent-misused');
  assert.equal(open('C:\\agent\\settings.json').rule, 'agent-misused');
  assert.equal(crash('spawn rg ENOENT', 'rg').rule, 'agent-misused');
});

test('an explanation names the line that decided, and why each rule before it did not', () => {
  const text = 'all is well\nfatal: Could not resolve host: example.org';
  const explained = explainFailure({ phase: 'fetch', exitCode: 128, text }, builtInRules);
  assert.deepEqual([explained.rule, explained.line?.number], ['remote-unreachable', 2]);
  assert.equal(
    explained.before.find(({ rule }) => rule === 'prepare-red'),
    undefined,
  );
  assert.equal(explained.before.find(({ rule }) => rule === 'git-timeout')?.condition, 'error code');
  assert.equal(explainFailure({ phase: 'fetch', exitCode: 1, text: '' }, builtInRules).line, null);
});

/** Every regular expression of a pattern; a function has none that could be taken apart. */
function expressionsOf(pattern: TextPattern | undefined): readonly RegExp[] {
  if (pattern instanceof RegExp) return [pattern];
  if (pattern === undefined || !('each' in pattern) || !Array.isArray(pattern.each)) return [];
  return pattern.each.flatMap((one: TextPattern) => expressionsOf(one));
}

/** Words of an expression's own source, so that an attack comes as near to a match as it can. */
function wordsOf({ source }: RegExp): readonly string[] {
  const words = source.replace(/\\[a-zA-Z]|\{[\d,]+\}|\[\^?[^\]]*\]/g, '|').split(/[|()?+*^$.\\:]+/);
  return [...new Set(words)].filter((word) => word.length > 1);
}

test('no rule takes longer than 50 ms for a megabyte made of its own words, bounded as all output is', () => {
  const fillers = ['\n', ' ', 'a', '1', "'", 'a ', '\t\n', 'error: ', 'remote: ', `${' '.repeat(4095)}\n`];
  for (const { id, pattern } of builtInRules) {
    if (pattern === undefined) continue;
    const pieces = expressionsOf(pattern)
      .flatMap(wordsOf)
      .flatMap((word) => [word, `${word} `, `\n${word}: `]);
    for (const piece of [...fillers, ...pieces]) {
      // The bound leaves of a megabyte what 64 KiB of the same piece are.
      const text = judgedText(piece.repeat(Math.ceil(judgedBytesMax / piece.length)));
      let tookMs = timeOf(() => pattern.test(text));
      for (let again = 0; tookMs >= 50 && again < 5; again += 1)
        tookMs = Math.min(
          tookMs,
          timeOf(() => pattern.test(text)),
        );
      assert.ok(tookMs < 50, `${id}: ${tookMs.toFixed(0)} ms for ${JSON.stringify(piece)}`);
    }
  }
});

function timeOf(act: () => unknown): number {
  const beganMs = cpuMs();
  act();
  return cpuMs() - beganMs;
}

test('hostile output of megabytes is classified within two seconds', () => {
  for (const piece of [
    '\n',
    ' ',
    "'",
    '{"a":',
    "stdout: '",
    '[',
    'Retrying ',
    '1, 2, 3,\n',
    '# ',
    'npm error ',
    '^\n',
  ]) {
    for (const phase of ['spawn', 'push', 'qa', 'agent'] as const) {
      const tookMs = timeOf(() => judge(phase, piece.repeat(300_000)));
      assert.ok(tookMs < 2000, `${phase}: ${tookMs.toFixed(0)} ms for ${JSON.stringify(piece)}`);
    }
  }
});

test('every rule has a problem in one sentence and a remedy, and rules of one id are of one class', () => {
  const classes = new Map<string, string>();
  for (const { id, class: found, problem, remedy } of builtInRules) {
    assert.match(problem, /^[A-Za-z].*\.$/, id);
    assert.notEqual(remedy, '', id);
    assert.equal(classes.get(id) ?? found, found, id);
    classes.set(id, found);
  }
});
