import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { judgedBytesMax, judgedLineMax, judgedText, signatureOf } from '../scripts/core/signature.ts';
import { cpuMs } from './helpers/cpu-time.ts';
import { cleanEnvironment, temporaryDirectory } from './helpers/repository.ts';

const sign = (text: string) => signatureOf('qa', 'qa-red', text);

interface Pair {
  readonly says: string;
  readonly first: string;
  readonly second: string;
}

const same: readonly Pair[] = [
  { says: 'ISO time', first: 'at 2026-01-05T09:00:00.123Z it broke', second: 'at 2026-03-15T21:59:59.9Z it broke' },
  {
    says: 'time with a zone',
    first: '2026-01-05 09:00:00+01:00 it broke',
    second: '2026-01-06 10:00:01-0500 it broke',
  },
  {
    says: 'Python logging time',
    first: '2026-01-05 09:00:00,123 ERROR it broke',
    second: '2026-01-05 09:00:01,456 ERROR it broke',
  },
  { says: 'time of day', first: '[09:00:00] it broke', second: '[23:01:59.12] it broke' },
  {
    says: 'process id in a Node warning',
    first: '(node:1234) Warning: it broke',
    second: '(node:99) Warning: it broke',
  },
  { says: 'process id in words', first: 'process 1234 ended, pid=1235', second: 'process 7 ended, pid=99999' },
  { says: 'run id', first: 'run-0a1b2c3d4e5f failed', second: 'run-ffeeddccbbaa failed' },
  {
    says: 'uuid',
    first: 'request 123e4567-e89b-12d3-a456-426614174000',
    second: 'request 00000000-e89b-12d3-a456-426614174999',
  },
  { says: 'temp path', first: 'no /tmp/loop-Ab12/x.js', second: 'no /tmp/loop-Zz99-other/x.js' },
  { says: 'temp path of macOS', first: "no '/private/var/folders/ab/T/a.js'", second: "no '/var/folders/zz/T/b.js'" },
  { says: 'commit', first: 'commit 0123456789abcdef0123456789abcdef01234567', second: 'commit ffffffffff' },
  { says: 'address', first: 'segfault at 0x7ffd1234', second: 'segfault at 0xdeadbeef01' },
  { says: 'line and column', first: 'test.ts:12:5 it broke', second: 'test.ts:130:44 it broke' },
  { says: 'line in words', first: 'File "a.py", line 12', second: 'File "a.py", line 340' },
  { says: 'duration', first: 'failed in 1.23 s (12ms)', second: 'failed in 45 s (9.5ms)' },
  { says: 'duration of a TAP report', first: '  duration_ms: 12.345678', second: '  duration_ms: 3.2' },
  { says: 'duration of the spec report', first: 'ℹ duration_ms 1234.567', second: 'ℹ duration_ms 98.7' },
  { says: 'port', first: 'connect 127.0.0.1:43210', second: 'connect 127.0.0.1:51234' },
  { says: 'colours', first: '\u001b[31mit broke\u001b[39m', second: 'it broke' },
  { says: 'line ends and indentation', first: 'a\r\n  b\r\n', second: 'a\n\nb' },
];

const different: readonly Pair[] = [
  { says: 'another error', first: 'TypeError: x is not a function', second: 'RangeError: x is not a function' },
  { says: 'another file', first: "Cannot find module 'scripts/a.ts'", second: "Cannot find module 'scripts/b.ts'" },
  { says: 'another test', first: 'not ok 1 - adds', second: 'not ok 2 - subtracts' },
  { says: 'another exit code', first: 'exited with 1', second: 'exited with 2' },
  { says: 'another HTTP status', first: 'HTTP 403', second: 'HTTP 503' },
  { says: 'one more line', first: 'a', second: 'a\nb' },
  { says: 'lines in another order', first: 'a\nb', second: 'b\na' },
];

for (const { says, first, second } of same) {
  test(`the same failure twice has one signature: ${says}`, () => assert.equal(sign(first), sign(second)));
}

for (const { says, first, second } of different) {
  test(`two failures have two signatures: ${says}`, () => assert.notEqual(sign(first), sign(second)));
}

test('phase and rule are part of the signature', () => {
  assert.notEqual(signatureOf('qa', 'r', 'x'), signatureOf('push', 'r', 'x'));
  assert.notEqual(signatureOf('qa', 'r', 'x'), signatureOf('qa', 's', 'x'));
});

test('a signature is short, and made of a hash alone', () => {
  assert.match(sign('anything at all\n'.repeat(100_000)), /^sha256:[0-9a-f]{16}$/);
});

/** Output of a program that fails, run in a directory of its own. */
function failing(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  ...argv: readonly [string, ...string[]]
): string {
  const cwd = temporaryDirectory(t);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(cwd, name), text);
  const [program, ...args] = argv;
  const ended = spawnSync(program, args, { cwd, encoding: 'utf8', env: cleanEnvironment({ LC_ALL: 'C' }) });
  assert.notEqual(ended.status, 0);
  return ended.stdout + ended.stderr;
}

const redTest = {
  'a.test.mjs': "import test from 'node:test';\ntest('adds', () => { throw new Error('not three'); });\n",
};

test('a red run of node --test has the same signature every time, wherever and whenever it runs', (t) => {
  for (const reporter of ['tap', 'spec']) {
    const run = () => failing(t, redTest, process.execPath, '--test', `--test-reporter=${reporter}`, 'a.test.mjs');
    assert.equal(sign(run()), sign(run()), reporter);
  }
});

test('a missing module has the same signature in two directories, and a missing package has another', (t) => {
  const run = (what: string) => failing(t, { 'a.mjs': `import '${what}';\n` }, process.execPath, 'a.mjs');
  assert.equal(sign(run('./gone.mjs')), sign(run('./gone.mjs')));
  assert.notEqual(sign(run('./gone.mjs')), sign(run('gone')));
});

test('a git that finds no repository has the same signature in two directories', (t) => {
  const run = () => failing(t, {}, 'git', 'fetch', path.join(temporaryDirectory(t), 'nowhere.git'));
  assert.equal(sign(run()), sign(run()));
});

test('only the last part of a long output is judged, and only the start of a long line', () => {
  const text = judgedText(`FIRST\n${'x'.repeat(judgedBytesMax)}\nLAST`);
  assert.equal(text.includes('FIRST'), false);
  assert.ok(text.endsWith('\nLAST'));
  assert.ok(text.split('\n').every((line) => line.length <= judgedLineMax));
});

test('a hostile output of many megabytes takes no more than a second of CPU each to sign', () => {
  const hostile = ['a', ':1', '0x', '1:1', 'run-', '/tmp/', '2026-01-', '\u001b[', '1.'].map((piece) =>
    piece.repeat(500_000),
  );
  const beganMs = cpuMs();
  for (const text of hostile) sign(text);
  const tookMs = cpuMs() - beganMs;
  assert.ok(tookMs < 1000 * hostile.length, `${tookMs} ms`);
});
