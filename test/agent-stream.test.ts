/** Output that is large, slow to be read, cut anywhere, or full of escapes: passed on as it is, and bounded. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { byteTail } from '../scripts/core/byte-tail.ts';
import { lineBytesMax, lineSplitter } from '../scripts/core/output-lines.ts';
import { type ChildRequest, childEnvironment, runChild } from '../scripts/effects/agent.ts';
import { openChildOutput } from '../scripts/report/child-output.ts';

function run(script: string, more: Partial<ChildRequest> = {}) {
  const marker = `stream-test-${process.pid}-${Math.random()}`;
  const argv = ['/bin/sh', '-c', script];
  return runChild({
    argv,
    cwd: process.cwd(),
    env: childEnvironment(process.env, marker),
    marker,
    timeoutMs: 60_000,
    ...more,
  });
}

test('a loop that npm was told to start silently does not silence the npm of its gate', () => {
  const env = { npm_config_loglevel: 'silent', npm_config_registry: 'here', LOOPBREAKER_RUN: 'of another' };
  const child: NodeJS.ProcessEnv = childEnvironment(env, 'run/1');
  const { npm_config_loglevel: loudness, npm_config_registry: kept, LOOPBREAKER_RUN: run } = child;
  assert.deepEqual([loudness, kept, run], [undefined, 'here', undefined]);
});

test('the tail of a stream is its last bytes, whatever the size of the chunks', () => {
  const all = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index % 7 === 0 ? '€' : 'x')).join(''));
  for (const max of [98, 99, 100, 101]) {
    const expected = all
      .subarray(-max)
      .toString('utf8')
      .replace(/^\ufffd+/, '');
    for (const chunkBytes of [1, 3, 99, 100, 101, 4000, all.length]) {
      const tail = byteTail(max);
      for (let from = 0; from < all.length; from += chunkBytes) tail.push(all.subarray(from, from + chunkBytes));
      assert.equal(tail.text(), expected, `${max} bytes, chunks of ${chunkBytes}`);
      assert.ok(tail.isCut());
    }
  }
  const exact = byteTail(4);
  exact.push(Buffer.from('abcd'));
  assert.deepEqual([exact.text(), exact.isCut()], ['abcd', false]);
  const invalid = byteTail(4);
  invalid.push(Buffer.from([0x80, 0x61]));
  assert.equal(invalid.text(), '\ufffda', 'what was not cut is not left out');
});

test('lines come whole wherever they are cut, also inside a character, and one that is too long does not come', () => {
  const tooLong = 'y'.repeat(lineBytesMax + 1);
  const bytes = Buffer.from(`é€😀\n\n${'z'.repeat(500)}\r\n${tooLong}\nlast`);
  for (const chunkBytes of [1, 2, 3, 65536, bytes.length]) {
    const lines: string[] = [];
    const splitter = lineSplitter({ onLine: (line) => lines.push(line), isIdle: () => false });
    for (let from = 0; from < bytes.length; from += chunkBytes) splitter.push(bytes.subarray(from, from + chunkBytes));
    splitter.end();
    assert.deepEqual(lines, ['é€😀', `${'z'.repeat(500)}\r`, 'last'], `chunks of ${chunkBytes}`);
    assert.equal(splitter.overlong(), 1);
  }
});

test('a line that is idle by its beginning does not come, and the next one does', () => {
  for (const chunkBytes of [1, 50, 1000]) {
    const lines: string[] = [];
    const splitter = lineSplitter({ onLine: (line) => lines.push(line), isIdle: (head) => head.startsWith('idle') });
    const bytes = Buffer.from(`idle${'x'.repeat(900)}\nidle\nbusy\n`);
    for (let from = 0; from < bytes.length; from += chunkBytes) splitter.push(bytes.subarray(from, from + chunkBytes));
    assert.deepEqual(lines, ['busy'], `chunks of ${chunkBytes}`);
  }
});

test('while nobody reads our output the agent waits, is not called idle, and nothing of it is lost', async () => {
  let [most, bytes] = [0, 0];
  const slow = new Writable({
    highWaterMark: 64 * 1024,
    write: (chunk: Buffer, _encoding, done) => {
      // The first piece is read late: until then all of it would come.
      if (bytes === 0) setTimeout(done, 1500);
      else done();
      bytes += chunk.length;
    },
  });
  const output = openChildOutput(slow);
  const end = await run('head -c 50000000 /dev/zero; printf the-end >&2', {
    idleTimeoutMs: 1000,
    onOutput: (chunk) => {
      const taken = output.write(chunk);
      most = Math.max(most, slow.writableLength);
      return taken;
    },
  });
  assert.deepEqual([end.exitCode, end.stderrTail], [0, 'the-end']);
  slow.end();
  await new Promise((resolve) => slow.on('finish', resolve));
  assert.equal(bytes, 50_000_007);
  assert.ok(most < 1024 * 1024, `${most} bytes waited at once`);
});

test('what waits to be read is not overwritten by what comes after it', async () => {
  const hash = createHash('sha256');
  // Looks at a piece late: by then the next ones would lie in its place.
  const slow = new Writable({
    highWaterMark: 1024 * 1024,
    write: (chunk: Buffer, _encoding, done) => {
      setTimeout(() => {
        hash.update(chunk);
        done();
      }, 1);
    },
  });
  const end = await run('seq 1 400000', { onOutput: openChildOutput(slow).write });
  assert.match(end.outputTail, /\n399999\n400000\n$/);
  slow.end();
  await new Promise((resolve) => slow.on('finish', resolve));
  const numbers = Array.from({ length: 400_000 }, (_, index) => `${index + 1}\n`).join('');
  assert.equal(hash.digest('hex'), createHash('sha256').update(numbers).digest('hex'));
});

test('a child can open its own stdout and stderr by name, and where no pipe can be made it is heard all the same', async () => {
  const said: string[] = [];
  const onOutput = (chunk: Buffer, stream: string) => void said.push(`${stream}: ${chunk}`);
  const end = await run('echo one > /dev/stdout; sleep 0.1; echo two > /dev/stderr', { onOutput });
  assert.deepEqual([end.exitCode, end.stderrTail, said], [0, 'two\n', ['stdout: one\n', 'stderr: two\n']]);
  const { PATH } = process.env;
  process.env.PATH = '/nothing-here';
  const running = run('echo three; echo four >&2');
  process.env.PATH = PATH;
  const { outputTail, stderrTail } = await running;
  assert.match(outputTail, /three\n/);
  assert.equal(stderrTail, 'four\n');
});

test('an agent that ends while its last words wait to be read is heard to the end', async () => {
  const held: (() => void)[] = [];
  let heard = '';
  const running = run('printf first; sleep 0.1; printf last', {
    idleTimeoutMs: 1000,
    onOutput: (chunk) => {
      heard += chunk;
      return heard === 'first' ? new Promise((resolve) => held.push(resolve)) : undefined;
    },
  });
  // Longer than the idle limit, and than the agent runs.
  setTimeout(() => held.pop()?.(), 1500);
  const end = await running;
  assert.deepEqual([heard, end.stoppedBy, end.exitCode], ['firstlast', null, 0]);
});

test('a reader that went away is not waited for', async () => {
  const gone = new PassThrough({ highWaterMark: 1 });
  gone.on('error', () => undefined);
  const output = openChildOutput(gone);
  const end = await run('head -c 8000000 /dev/zero', {
    onOutput: (chunk) => {
      const taken = output.write(chunk);
      gone.destroy();
      return taken;
    },
  });
  assert.equal(end.exitCode, 0);
});

test('what an agent prints goes on byte for byte; our own line begins a line, on a terminal in its own colours', () => {
  for (const [isTTY, reset] of [
    [false, ''],
    [true, '\u001b\\\u001b[0m\u001b[?25h'],
  ] as const) {
    const written: Buffer[] = [];
    const output = openChildOutput({ isTTY, write: (text) => written.push(Buffer.from(text)) });
    const raw = Buffer.from([0x1b, 0x5b, 0x33, 0x31, 0x6d, 0xff, 0x00, 0x61]);
    output.leave();
    output.write(raw);
    output.leave();
    output.leave();
    output.write(Buffer.from('b\n'));
    output.leave();
    assert.deepEqual(Buffer.concat(written), Buffer.concat([raw, Buffer.from(`${reset}\nb\n${reset}`)]));
  }
});
