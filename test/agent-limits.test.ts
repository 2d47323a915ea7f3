/** Usage limits: when they end, by events and by text, and what only looks like one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInRules } from '../scripts/core/failure-rules.ts';
import { type AgentEnd, judgeIteration, nextFeedback } from '../scripts/core/iteration.ts';
import { openOutputReader } from '../scripts/core/output.ts';
import type { AgentOutput } from '../scripts/core/policy.ts';
import { statedReset } from '../scripts/core/stated-time.ts';
import { claude, codex, gemini } from './helpers/agent-shapes.ts';

const wallMs = Date.parse('2026-01-05T10:00:00Z');
const clock = { wallMs, zone: 'America/New_York' };
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString().replace('.000Z', 'Z'));

/** The end that a text states at 10:00 UTC on Monday 5 January 2026, five in the morning in New York. */
const stated: readonly (readonly [text: string, end: string | null])[] = [
  ["You've hit your limit · resets 2pm (Europe/Berlin)", '2026-01-05T13:00:00Z'],
  ["You've hit your session limit · resets 2:50am (Asia/Muscat)", '2026-01-05T22:50:00Z'],
  ['5-hour limit reached ∙ resets 9am', '2026-01-05T14:00:00Z'],
  ['Weekly limit reached ∙ resets Oct 6, 1pm', '2025-10-06T17:00:00Z'],
  ['Weekly limit reached ∙ resets Jan 8, 1pm (UTC)', '2026-01-08T13:00:00Z'],
  ["You've hit your limit · resets Apr 23 at 4pm (America/Recife)", '2026-04-23T19:00:00Z'],
  ['resets Dec 31, 11:30pm (UTC)', '2025-12-31T23:30:00Z'],
  ['Claude usage limit reached. Your limit will reset at 10am (America/Lima).', '2026-01-05T15:00:00Z'],
  ['Claude AI usage limit reached|1767610800', '2026-01-05T11:00:00Z'],
  ["You've hit your usage limit. Upgrade to Pro or try again at 3:45 PM.", '2026-01-05T20:45:00Z'],
  ["You've hit your usage limit. Try again at Jan 6th, 2026 1:00 AM.", '2026-01-06T06:00:00Z'],
  ['or try again in 2 hours 5 minutes.', '2026-01-05T12:05:00Z'],
  ['or try again in 5 days 22 hours 11\nminutes.', '2026-01-11T08:11:00Z'],
  ['try again in less than a minute', '2026-01-05T10:01:00Z'],
  ['Your quota will reset after 4h28m20s.', '2026-01-05T14:28:20Z'],
  ['Your quota will reset after 5s.. then: Your quota will reset after 1h0m0s.', '2026-01-05T11:00:00Z'],
  ['Please retry in 45.5s.', '2026-01-05T10:00:45.500Z'],
  ['try again at 2026-01-05T18:30:00+02:00', '2026-01-05T16:30:00Z'],
  ['limit resets on 2026-01-06 09:00', '2026-01-06T14:00:00Z'],
  ['resets Thursday at 9:00 AM', '2026-01-08T14:00:00Z'],
  ['resets tomorrow at 4am', '2026-01-06T09:00:00Z'],
  ['resets 16:00 UTC', '2026-01-05T16:00:00Z'],
  ['resets at noon', '2026-01-05T17:00:00Z'],
  ['resets 12am', '2026-01-06T05:00:00Z'],
  [
    'Codex error: {"type":"usage_limit_reached","resets_at":1767610800,"resets_in_seconds":3600}',
    '2026-01-05T11:00:00Z',
  ],
  ['{\\"error\\":{\\"resets_in_seconds\\":90}}', '2026-01-05T10:01:30Z'],
  ['"metadata": { "quotaResetTimeStamp": "2026-01-05T12:00:00Z" }', '2026-01-05T12:00:00Z'],
  ['retry-after: 120', '2026-01-05T10:02:00Z'],
  ['< HTTP/2 429\n< Retry-After: Mon, 05 Jan 2026 10:05:00 GMT\n< x: y', '2026-01-05T10:05:00Z'],
  ['x-ratelimit-remaining: 0\nX-RateLimit-Reset: 1767610800', '2026-01-05T11:00:00Z'],
  ['Too many requests. Please wait 45 seconds before trying again.', '2026-01-05T10:00:45Z'],
  ['You are being rate limited, wait for 2 minutes', '2026-01-05T10:02:00Z'],
  ['Rate limit exceeded; retrying in 1 hour', '2026-01-05T11:00:00Z'],
  ['Please wait a few minutes before you try again.', null],
  ['resets 5am', '2026-01-05T10:00:00Z'],
  ['resets 4:52am', '2026-01-05T09:52:00Z'],
  ['resets 4:45am', '2026-01-06T09:45:00Z'],
  ['resets 3pm (Not/AZone)', '2026-01-05T20:00:00Z'],
  ['Try again later.', null],
  ['resets 3', null],
  ['resets 25:00', null],
  ['resets 13pm', null],
  ['resets', null],
  ['try again at 3 attempts', null],
  ['a meeting at 2pm', null],
];

for (const [text, end] of stated) {
  test(`what it states: ${text.slice(0, 70).replace(/\s+/g, ' ')}`, () =>
    assert.equal(iso(statedReset(text, clock)), end));
}

test('a clock time on the day that clocks change is the one that clocks will show', () => {
  const berlin = (at: string, text: string) =>
    iso(statedReset(text, { wallMs: Date.parse(at), zone: 'Europe/Berlin' }));
  // 29 March 2026, 02:00 is followed by 03:00; 25 October 2026, 03:00 by 02:00.
  assert.equal(berlin('2026-03-28T22:00:00Z', 'resets 2:30am'), '2026-03-29T01:30:00Z', 'as far after the gap');
  assert.equal(berlin('2026-03-28T22:00:00Z', 'resets 9am'), '2026-03-29T07:00:00Z');
  assert.equal(berlin('2026-10-24T22:00:00Z', 'resets 2:30am'), '2026-10-25T00:30:00Z', 'the first of the two');
  assert.equal(
    berlin('2026-10-25T00:50:00Z', 'resets 2:30am'),
    '2026-10-25T01:30:00Z',
    'the second, when the first has passed',
  );
  assert.equal(berlin('2026-10-24T22:00:00Z', 'resets 9am'), '2026-10-25T08:00:00Z');
});

const quiet: Omit<AgentEnd, 'said'> = {
  exitCode: 1,
  signal: null,
  spawnError: null,
  program: 'agent',
  stoppedBy: null,
  stderrTail: '',
};
const snapshot = { branch: 'refs/heads/a', sha: 'a'.repeat(40), dirtyPaths: [], fingerprint: '' };

/** The failure of a run that printed this and changed nothing. */
function failed(format: AgentOutput, output: string, end: Partial<AgentEnd> = {}) {
  const reader = openOutputReader(format);
  reader.push(Buffer.from(output));
  const around = {
    before: snapshot,
    after: snapshot,
    isAhead: false,
    claimed: false,
    home: 'refs/heads/a',
    rules: builtInRules,
    clock,
  };
  const judged = judgeIteration({ ...around, end: { ...quiet, ...end, said: reader.end() } });
  assert.equal(judged.kind, 'failure');
  return judged.kind === 'failure' ? judged.failure : assert.fail();
}

const limit = "You've hit your limit · resets 2pm (Europe/Berlin)";
const rejected = { status: 'rejected', resetsAt: 1767632400, rateLimitType: 'five_hour', isUsingOverage: false };
const failedResult = (text: string, more: object = {}) => claude.result(text, { is_error: true, ...more });

const limits: readonly (readonly [says: string, format: AgentOutput, output: string, end: string | undefined])[] = [
  ['Claude Code, an event', 'claude-stream-json', claude.limit(rejected) + failedResult('x'), '2026-01-05T17:00:00Z'],
  [
    'Claude Code, an event without a time',
    'claude-stream-json',
    claude.limit({ status: 'rejected' }) + failedResult(limit),
    '2026-01-05T13:00:00Z',
  ],
  ['Claude Code, text', 'claude-stream-json', failedResult(limit, { api_error_status: 429 }), '2026-01-05T13:00:00Z'],
  [
    'Codex, text',
    'codex-json',
    codex.begin() +
      codex.error("You've hit your usage limit. Try again at 3:45 PM.") +
      codex.failed({ message: "You've hit your usage limit. Try again at 3:45 PM." }),
    '2026-01-05T20:45:00Z',
  ],
  [
    'Codex, an event',
    'codex-json',
    codex.begin() +
      codex.error('x', { error: { type: 'usage_limit_reached', resets_at: 1767610800 } }) +
      codex.failed({ message: 'x' }),
    '2026-01-05T11:00:00Z',
  ],
  [
    'Codex, seconds',
    'codex-json',
    codex.failed({ message: 'x', error: { type: 'usage_limit_reached', resets_in_seconds: 3600 } }),
    '2026-01-05T11:00:00Z',
  ],
  [
    'Gemini CLI, streaming',
    'gemini-json',
    gemini.result({ type: 'TerminalQuotaError', message: 'Your quota will reset after 1h0m0s.' }),
    '2026-01-05T11:00:00Z',
  ],
  [
    'Gemini CLI, one object',
    'gemini-json',
    gemini.document({
      error: {
        type: 'Error',
        message: 'You have exhausted your capacity on this model. Your quota will reset after 1h0m0s.',
        code: 429,
      },
    }),
    '2026-01-05T11:00:00Z',
  ],
  [
    'Gemini CLI, text beside the events',
    'gemini-json',
    `${gemini.result({ type: 'Error', message: '[API Error: x]' })}TerminalQuotaError: Your quota will reset after 1h0m0s.\n`,
    '2026-01-05T11:00:00Z',
  ],
  ['text', 'text', `${limit}\n`, '2026-01-05T13:00:00Z'],
  ['text without a time', 'text', 'You’ve reached your usage limit.\n', undefined],
];

for (const [says, format, output, end] of limits) {
  test(`a limit is waited for until the time it states: ${says}`, () => {
    for (const exitCode of [1, 0]) {
      const { class: found, rule, retryAt } = failed(format, output, { exitCode });
      assert.deepEqual(
        [found, rule, retryAt?.replace('.000Z', 'Z')],
        ['rate-limited', 'agent-usage-limit', end],
        `exit ${exitCode}`,
      );
    }
  });
}

const otherwise: readonly (readonly [says: string, format: AgentOutput, output: string, failureClass: string])[] = [
  [
    'a busy server, Claude Code',
    'claude-stream-json',
    failedResult('API Error: 529 {"type":"error","error":{"type":"overloaded_error"}}', { api_error_status: 529 }),
    'transient',
  ],
  [
    'a busy server by its status alone',
    'claude-stream-json',
    failedResult('API Error', { api_error_status: 503 }),
    'transient',
  ],
  [
    'a busy server that says it is no limit',
    'claude-stream-json',
    failedResult('API Error: Server is temporarily limiting requests (not your usage limit)', {
      api_error_status: 429,
    }),
    'transient',
  ],
  [
    'a busy server, Gemini CLI',
    'gemini-json',
    gemini.result({ type: 'Error', message: '429 RESOURCE_EXHAUSTED: MODEL_CAPACITY_EXHAUSTED' }),
    'transient',
  ],
  [
    'a busy server, Codex',
    'codex-json',
    codex.failed({ message: 'Selected model is at capacity. Please try a different model.' }),
    'transient',
  ],
  [
    'a limit that was warned of, and another end',
    'claude-stream-json',
    claude.limit({ ...rejected, status: 'allowed_warning' }) + failedResult('boom'),
    'unknown',
  ],
  [
    'a limit that was lifted, and another end',
    'claude-stream-json',
    claude.limit(rejected) + claude.limit({ ...rejected, status: 'allowed' }) + failedResult('boom'),
    'unknown',
  ],
  ['a tool that printed a limit', 'claude-stream-json', claude.toolSays(limit) + failedResult('boom'), 'unknown'],
  [
    'a command that printed a limit',
    'codex-json',
    codex.begin() + codex.printed(limit) + codex.failed({ message: 'boom' }),
    'unknown',
  ],
  [
    'a tool that printed a login error',
    'gemini-json',
    gemini.toolSays('401 Unauthorized') + gemini.result({ type: 'Error', message: 'boom' }),
    'unknown',
  ],
  ['an account without credit', 'claude-stream-json', failedResult('Credit balance is too low'), 'config-fatal'],
  ['a limit many pages before the end', 'text', `${limit}\n${'work\n'.repeat(5000)}boom`, 'unknown'],
];

for (const [says, format, output, failureClass] of otherwise) {
  test(`no limit: ${says}`, () => assert.equal(failed(format, output).class, failureClass));
}

test('a limit that an agent talks of and goes on is none', () => {
  assert.equal(failed('text', `${limit}\nI changed nothing.\n`, { exitCode: 0 }).rule, 'no-progress');
  const message = claude.says(limit) + claude.result(limit);
  assert.equal(failed('claude-stream-json', message, { exitCode: 0 }).rule, 'no-progress');
});

test('an agent that prints another format than its policy says is a matter of configuration', () => {
  const failure = failed('claude-stream-json', 'All done.\n', { exitCode: 0 });
  assert.deepEqual([failure.class, failure.rule], ['config-fatal', 'agent-output-unread']);
  assert.match(failure.tail ?? '', /All done/);
});

test('what the agent was told stays told when its run failed for a reason that is not its own', () => {
  const told = 'the gate is red';
  assert.equal(nextFeedback(failed('text', limit), told), told);
  assert.equal(nextFeedback(failed('claude-stream-json', failedResult('Overloaded')), told), told);
  assert.match(nextFeedback(failed('text', 'hm', { exitCode: 0 }), told) ?? '', /without changing anything/);
});

test('escapes of an agent are not passed on in what it is told', () => {
  const stderrTail = '\u001b]0;title\u0007\u001b[31mre\u0008d\u001b[0m be\u0000ll\u0007';
  assert.equal(failed('text', '', { stoppedBy: 'idle', stderrTail }).tail, 'red bell');
});
