/** What counts as an agent's final message, format by format, and what never does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimsCompletion } from '../scripts/core/completion.ts';
import { openOutputReader } from '../scripts/core/output.ts';
import { lineBytesMax } from '../scripts/core/output-lines.ts';
import type { AgentOutput } from '../scripts/core/policy.ts';
import { claude, codex, gemini, oldCodex } from './helpers/agent-shapes.ts';

const token = '<promise>COMPLETE 0f3a</promise>';
const prompt = `Do the work.\nCommit it.\nThen end with\n${token}\n`;
const done = `Tests pass – é 😀.\n\n${token}`;

/** Reads the output in chunks of one size and says what it amounts to. */
function read(format: AgentOutput, output: string | Buffer, chunkBytes = 64 * 1024) {
  const bytes = Buffer.from(output);
  const reader = openOutputReader(format);
  for (let from = 0; from < bytes.length; from += chunkBytes) reader.push(bytes.subarray(from, from + chunkBytes));
  return reader.end();
}

function claims(format: AgentOutput, output: string | Buffer, chunkBytes?: number): boolean {
  const { finalMessage } = read(format, output, chunkBytes);
  return finalMessage !== null && claimsCompletion(finalMessage, token, prompt);
}

type Row = readonly [says: string, format: AgentOutput, output: string];

const claiming: readonly Row[] = [
  ['text', 'text', done],
  ['text after pages of other text', 'text', `${'work\n'.repeat(50_000)}${done}\r\n  \n`],
  [
    'Claude Code',
    'claude-stream-json',
    claude.init() + claude.uses('ls') + claude.toolSays('x') + claude.says(done) + claude.result(done),
  ],
  [
    'Claude Code, the message in two events, the result with the first only',
    'claude-stream-json',
    claude.says('All ', { id: 'm' }) + claude.says(`done\n${token}`, { id: 'm' }) + claude.result('All '),
  ],
  [
    'Claude Code, its message torn by another event',
    'claude-stream-json',
    claude.says(done).replace('é', claude.limit({ status: 'allowed' })) + claude.result(done),
  ],
  [
    'Claude Code, a limit that only warns',
    'claude-stream-json',
    claude.limit({ status: 'allowed_warning', resetsAt: 1778565600 }) + claude.says(done) + claude.result(done),
  ],
  [
    'Claude Code, notices after the result',
    'claude-stream-json',
    claude.says(done) + claude.result(done) + claude.init(),
  ],
  [
    'Claude Code, a list of events',
    'claude-stream-json',
    `[${claude.init().trim()},${claude.says(done).trim()},${claude.result(done).trim()}]`,
  ],
  ['Claude Code, without the last newline', 'claude-stream-json', claude.says(done) + claude.result(done).trimEnd()],
  [
    'Codex',
    'codex-json',
    codex.begin() + codex.runs('ls') + codex.printed('x') + codex.says(done) + codex.todo() + codex.completed(),
  ],
  [
    'Codex after a reconnect',
    'codex-json',
    codex.begin() + codex.error('Reconnecting... 1/5') + codex.says(done) + codex.completed(),
  ],
  [
    'Codex, an item of a kind that is not known',
    'codex-json',
    `${codex.begin()}{"type":"item.completed","item":{"id":"i","type":"hologram"}}\n${codex.says(done)}${codex.completed()}`,
  ],
  [
    'the older Codex',
    'codex-json',
    oldCodex.begin(prompt) + oldCodex.printed('x') + oldCodex.says(done) + oldCodex.completed(done),
  ],
  ['the older Codex, without a last message in its end', 'codex-json', oldCodex.says(done) + oldCodex.completed(null)],
  [
    'Gemini CLI, streaming',
    'gemini-json',
    gemini.init(prompt) +
      gemini.uses('ls') +
      gemini.toolSays('x') +
      gemini.says(done.slice(0, 20)) +
      gemini.says(done.slice(20)) +
      gemini.result(),
  ],
  ['Gemini CLI, one object', 'gemini-json', `Loaded cached credentials.\n${gemini.document({ response: done })}`],
  ['Gemini CLI, one object on one line', 'gemini-json', JSON.stringify({ response: done, stats: {} })],
];

for (const [says, format, output] of claiming) {
  test(`a claim wherever its output is cut: ${says}`, () => {
    for (const chunkBytes of [1, 2, 3, 7, 64, 65536]) {
      // A byte at a time is slow where there are many.
      if (output.length / chunkBytes < 100_000)
        assert.ok(claims(format, output, chunkBytes), `chunks of ${chunkBytes}`);
    }
    const crlf = output.replace(/\n/g, '\r\n');
    assert.ok(claims(format, crlf), 'with CRLF');
  });
}

const silent: readonly Row[] = [
  ['text: words before the token, pages before the end', 'text', `I am not printing${' '.repeat(70_000)}${token}`],
  ['text: an unclosed code fence', 'text', `Like this:\n\`\`\`text\n${token}`],
  [
    'Claude Code: a tool printed it',
    'claude-stream-json',
    claude.toolSays(done) + claude.says('no') + claude.result('no'),
  ],
  [
    'Claude Code: a tool printed a whole result event',
    'claude-stream-json',
    claude.toolSays(claude.result(done)) + claude.says('no') + claude.result('no'),
  ],
  [
    'Claude Code: an earlier message',
    'claude-stream-json',
    claude.says(done) + claude.uses('ls') + claude.says('no', { id: 'n' }) + claude.result('no'),
  ],
  [
    'Claude Code: a sub-agent',
    'claude-stream-json',
    claude.says('no') + claude.says(done, { parent: 'toolu_1' }) + claude.result('no'),
  ],
  [
    'Claude Code: an error with the token in it',
    'claude-stream-json',
    claude.says(done) + claude.result(done, { is_error: true }),
  ],
  [
    'Claude Code: an error by its subtype',
    'claude-stream-json',
    claude.says(done) + claude.result(done, { subtype: 'error_max_turns' }),
  ],
  [
    'Claude Code: a second result that is an error',
    'claude-stream-json',
    claude.says(done) + claude.result(done) + claude.result('', { subtype: 'error_during_execution', is_error: true }),
  ],
  [
    'Claude Code: work that went on after the result',
    'claude-stream-json',
    claude.says(done) + claude.result(done) + claude.says('One more thing', { id: 'n' }),
  ],
  [
    'Claude Code: the result has the beginning of a message that goes on',
    'claude-stream-json',
    claude.says(done, { id: 'm' }) + claude.says('\nor rather not', { id: 'm' }) + claude.result(done),
  ],
  ['Claude Code: no result at all', 'claude-stream-json', claude.init() + claude.says(done)],
  [
    'Claude Code: partial messages alone',
    'claude-stream-json',
    claude.partial(done) + claude.says('no') + claude.result('no'),
  ],
  ['Claude Code: text that is no event', 'claude-stream-json', `${claude.says('no')}${claude.result('no')}${done}\n`],
  ['Claude Code: half a result', 'claude-stream-json', claude.says(done) + claude.result(done).slice(0, -20)],
  [
    'Codex: a command printed it',
    'codex-json',
    codex.begin() + codex.printed(done) + codex.says('no') + codex.completed(),
  ],
  ['Codex: a thought', 'codex-json', codex.begin() + codex.says('no') + codex.thinks(done) + codex.completed()],
  [
    'Codex: a turn that failed',
    'codex-json',
    codex.begin() + codex.says(done) + codex.failed({ message: 'stream disconnected' }),
  ],
  ['Codex: a turn without an end', 'codex-json', codex.begin() + codex.says(done)],
  [
    'Codex: a message before more work',
    'codex-json',
    codex.begin() + codex.says(done) + codex.runs('rm -r src') + codex.completed(),
  ],
  [
    'Codex: the message of an earlier turn',
    'codex-json',
    codex.begin() + codex.says(done) + codex.completed() + codex.begin() + codex.says('no') + codex.completed(),
  ],
  [
    'Codex: another thread',
    'codex-json',
    codex.begin() + codex.says('no') + codex.says(done).replace('{', '{"thread_id":"other",') + codex.completed(),
  ],
  ['the older Codex: its echo of the prompt', 'codex-json', oldCodex.begin(done) + oldCodex.completed(null)],
  [
    'the older Codex: an aborted task',
    'codex-json',
    oldCodex.says(done) + oldCodex.completed(done) + oldCodex.error('aborted'),
  ],
  ['Gemini CLI: the prompt, echoed', 'gemini-json', gemini.init(done) + gemini.result()],
  [
    'Gemini CLI: a tool printed it',
    'gemini-json',
    gemini.init(prompt) + gemini.toolSays(done) + gemini.says('no') + gemini.result(),
  ],
  [
    'Gemini CLI: said before a tool was used',
    'gemini-json',
    gemini.says(done) + gemini.uses('ls') + gemini.toolSays('') + gemini.result(),
  ],
  [
    'Gemini CLI: an error at the end',
    'gemini-json',
    gemini.says(done) + gemini.result({ type: 'Error', message: 'x' }),
  ],
  [
    'Gemini CLI: an object with an error',
    'gemini-json',
    gemini.document({ response: done, error: { type: 'Error', message: 'x', code: 1 } }),
  ],
  [
    'Gemini CLI: an object among events',
    'gemini-json',
    gemini.init(prompt) + gemini.document({ response: done }) + gemini.says('no') + gemini.result(),
  ],
  [
    'Gemini CLI: an object after the events',
    'gemini-json',
    gemini.says('no') + gemini.result() + gemini.document({ response: done }),
  ],
  ['Gemini CLI: half an object', 'gemini-json', gemini.document({ response: done }).slice(0, -3)],
];

for (const [says, format, output] of silent) {
  test(`no claim wherever its output is cut: ${says}`, () => {
    for (const chunkBytes of [1, 5, 65536]) {
      if (output.length / chunkBytes < 100_000)
        assert.ok(!claims(format, output, chunkBytes), `chunks of ${chunkBytes}`);
    }
  });
}

test('lines that are too long, broken or not of the format change nothing about those that are', () => {
  const huge = `{"type":"user","x":"${'y'.repeat(lineBytesMax)}"}\n`;
  const hugeOfOurs = huge.replace('user', 'result');
  const noise = `{"type":"hologram"}\n{"half":\n[]\nnull\n42\n"text"\n\u0000\u001b[31m\n${Buffer.from([0xff, 0xfe]).toString('latin1')}\n`;
  const output = noise + huge + hugeOfOurs + noise + claude.says(done) + noise + claude.result(done) + noise;
  assert.ok(claims('claude-stream-json', output));
  assert.match(read('claude-stream-json', output).noise, /hologram/);
});

test('output of another format is noticed, nothing printed is not called so', () => {
  for (const format of ['claude-stream-json', 'codex-json', 'gemini-json'] as const) {
    assert.equal(read(format, done).isUnderstood, false, format);
    assert.equal(read(format, '').isUnderstood, true, format);
  }
  for (const events of [
    claude.result(done),
    codex.says(done) + codex.completed(),
    gemini.says(done) + gemini.result(),
  ]) {
    assert.equal(read('text', events).isUnderstood, false);
  }
  assert.equal(read('text', 'The answer is\n{"a":1}').isUnderstood, true);
  assert.equal(read('claude-stream-json', codex.begin()).isUnderstood, false);
  assert.equal(read('codex-json', claude.result(done)).isUnderstood, false);
});

test('a message in a million parts is not kept for ever', () => {
  const part = Buffer.from(gemini.says('word '.repeat(1000)));
  const reader = openOutputReader('gemini-json');
  for (let index = 0; index < 2000; index += 1) reader.push(part);
  reader.push(Buffer.from(gemini.says(`\n${token}`) + gemini.result()));
  assert.equal(reader.end().finalMessage, null);
});
