/** The loop with stand-ins that print what Claude Code, Codex and Gemini CLI print. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentOutput } from '../scripts/core/policy.ts';
import { nextStep, type Situation } from '../scripts/core/steering.ts';
import { stopOf } from '../scripts/core/stop.ts';
import { claude, codex, gemini } from './helpers/agent-shapes.ts';
import { commitLines, controllerOf, countOf, sandboxFor, told } from './helpers/sandbox.ts';

/** Prints what its turn says, with its own token in the place of TOKEN. */
const standIn = `import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const plan = path.join(process.env.SANDBOX, 'plan.json');
const [turn = {}, ...rest] = JSON.parse(readFileSync(plan, 'utf8'));
writeFileSync(plan, JSON.stringify(rest));
appendFileSync(path.join(process.env.SANDBOX, 'prompts.jsonl'), JSON.stringify(readFileSync(0, 'utf8')) + '\\n');
for (const line of turn.run ?? []) execFileSync('sh', ['-c', line], { stdio: 'inherit' });
process.stdout.write((turn.say ?? '').replaceAll('TOKEN', process.env.LOOPBREAKER_COMPLETION_TOKEN));
process.exitCode = turn.exitCode ?? 0;
`;

const speaking = (output: AgentOutput, more: object = {}) => ({
  'agent.mjs': standIn,
  'policy/loop.json': JSON.stringify({ agent: { command: ['node', 'agent.mjs'], output }, iterationsMax: 4, ...more }),
});

const done = 'Done.\n\nTOKEN';

const agents: readonly (readonly [output: AgentOutput, talks: string, claims: string])[] = [
  [
    'claude-stream-json',
    claude.init() +
      claude.says(done) +
      claude.uses('cat notes') +
      claude.toolSays(done) +
      claude.says('Not yet.') +
      claude.result('Not yet.'),
    claude.init() + claude.limit({ status: 'allowed', resetsAt: 1 }) + claude.says(done) + claude.result(done),
  ],
  [
    'codex-json',
    codex.begin() +
      codex.says(done) +
      codex.runs('cat notes') +
      codex.printed(done) +
      codex.says('Not yet.') +
      codex.completed(),
    codex.begin() + codex.thinks('…') + codex.says(done) + codex.completed(),
  ],
  [
    'gemini-json',
    gemini.init('TOKEN') +
      gemini.says(done) +
      gemini.uses('cat notes') +
      gemini.toolSays(done) +
      gemini.says('Not yet.') +
      gemini.result(),
    `Loaded cached credentials.\n${gemini.document({ response: done })}`,
  ],
];

for (const [output, talks, claims] of agents) {
  test(`${output}: the token in tools and earlier messages is no claim, as the last word it is promoted`, async (t) => {
    const sandbox = await sandboxFor(t, speaking(output));
    sandbox.plan([
      { run: commitLines('one.txt'), say: talks },
      { run: commitLines('two.txt'), say: claims },
    ]);
    const end = await sandbox.loopbreaker('loop');
    assert.equal(end.exitCode, 0, told(end));
    assert.deepEqual([countOf(sandbox, 'agent-begun'), countOf(sandbox, 'promotion-begun')], [2, 1]);
    assert.equal(await sandbox.remoteGit('rev-parse', 'main'), await sandbox.git('rev-parse', 'HEAD'));
  });
}

test('at a usage limit the loop stops with 75 and its time, counts nothing, and pays for nothing until then', async (t) => {
  const sandbox = await sandboxFor(t, speaking('claude-stream-json'));
  const resetsAt = Math.ceil(Date.now() / 1000) + 7200;
  const limited = claude.limit({ status: 'rejected', resetsAt, rateLimitType: 'five_hour' });
  sandbox.plan([{ say: limited + claude.result("You've hit your limit", { is_error: true }), exitCode: 1 }]);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 75, told(end));
  assert.match(end.stdout, /\[circuit-limited\]/);
  const shown = Date.parse(/until (\S+Z)/.exec(end.stdout)?.[1] ?? '');
  assert.ok(Math.abs(shown / 1000 - resetsAt) <= 5, told(end));
  const { agent } = controllerOf(sandbox).circuits;
  assert.deepEqual([agent.state, agent.consecutiveFailures, agent.recentFailures.length], ['closed', 0, 0]);
  const again = await sandbox.loopbreaker('loop');
  assert.equal(again.exitCode, 75, told(again));
  assert.equal(countOf(sandbox, 'agent-begun'), 1, 'no agent run was paid for');
  const until = agent.nextEligibleAt ?? assert.fail();
  const stop = stopOf('agent', agent, until - 1000);
  const situation: Situation = {
    now: until - 1000,
    interrupted: false,
    lastPromotion: null,
    promoteStop: null,
    agentStop: stop,
    trigger: null,
    unlanded: null,
    provingCommit: null,
    iterations: 1,
    iterationsMax: 4,
    agentRunsToday: 1,
    agentRunsMaxPerDay: 9,
    whenQuarantined: 'wait',
  };
  const step = nextStep(situation);
  assert.deepEqual(
    [step.do, step.do === 'wait' ? step.until : null],
    ['wait', until],
    'told to wait, it waits until then',
  );
  assert.equal(nextStep({ ...situation, agentStop: stopOf('agent', agent, until) }).do, 'run-agent');
});

test('an agent that prints another format than policy says is stopped at its first run, with 78', async (t) => {
  const sandbox = await sandboxFor(t, speaking('codex-json'));
  sandbox.plan([{ run: commitLines('one.txt'), say: `${done}\n` }]);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 78, told(end));
  assert.match(end.stdout, /agent-output-unread[\s\S]*"agent\.command" and "agent\.output"/);
  assert.equal(countOf(sandbox, 'agent-begun'), 1);
});

test('a claim on another branch, and a red gate with its last lines, are told to the agent in its next prompt', async (t) => {
  const sandbox = await sandboxFor(t, speaking('text'));
  sandbox.plan([
    { say: 'fatal: https://bot:hunter22secret@example.invalid/ is gone\n', exitCode: 1 },
    { run: ['git switch -qc elsewhere', ...commitLines('one.txt')], say: done },
    { run: ['git switch -q agent/work', ...commitLines('broken.txt')], say: done },
    { run: ['git rm -q broken.txt', 'git commit -qm mended', ...commitLines('two.txt')], say: done },
  ]);
  const end = await sandbox.loopbreaker('loop');
  assert.equal(end.exitCode, 0, told(end));
  const [first, crashed, second, third] = sandbox.prompts();
  assert.doesNotMatch(first ?? '', /last claim/);
  assert.match(crashed ?? '', /exit code 1[\s\S]*https:\/\/\*\*\*@example\.invalid/, 'without the password');
  assert.match(second ?? '', /It began on agent\/work and ended on elsewhere\.\nWhat helps: git switch agent\/work/);
  assert.match(third ?? '', /What its output says:\n[\s\S]*check: broken\.txt must not be here/);
});
