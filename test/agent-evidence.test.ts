/** What a run of the agent depends on: its policy, its program and the script that this runs, and not what the run writes. */
import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { interpretedFile } from '../scripts/core/command-file.ts';
import { stopOf } from '../scripts/core/stop.ts';
import { agentEvidence } from '../scripts/effects/agent-evidence.ts';
import { openWorkspace } from '../scripts/workspace.ts';
import { controllerOf, countOf, sandboxFor, told } from './helpers/sandbox.ts';

const loopPolicy = (command: readonly string[]) =>
  JSON.stringify({ agent: { command, output: 'text', timeoutSeconds: 60, idleTimeoutSeconds: 30 } });

/** A program without a valid key; it writes these files, as agents do, before it says so. */
const keyless = (...files: readonly string[]) => `import { appendFileSync, mkdirSync } from 'node:fs';
mkdirSync('logs', { recursive: true });
for (const file of ${JSON.stringify(files)}) appendFileSync(file, '// ' + Date.now() + process.pid + '\\n');
console.error('Invalid API key · Please run /login');
process.exit(1);
`;

/** A sandbox whose loop is started three times, with an agent that has no key. */
async function threeStarts(t: TestContext, command: readonly string[], files: Readonly<Record<string, string>>) {
  const sandbox = await sandboxFor(t, { ...files, 'policy/loop.json': loopPolicy(command) });
  if (files.tool !== undefined) chmodSync(path.join(sandbox.clone, 'tool'), 0o755);
  for (const _start of [1, 2, 3]) {
    const end = await sandbox.loopbreaker('loop');
    assert.equal(end.exitCode, 78, told(end));
  }
  return sandbox;
}

test('an agent without a key that writes the files of its own options is run once', async (t) => {
  const tool = `#!/usr/bin/env node\n${keyless('logs/last.txt', 'logs/debug.log')}`;
  const command = ['./tool', 'exec', '--output-last-message', 'logs/last.txt', '--debug-file', 'logs/debug.log', '-'];
  const sandbox = await threeStarts(t, command, { tool });
  assert.equal(countOf(sandbox, 'agent-begun'), 1);
});

test('a script that changes with every run of its own is run once, and a corrected policy is still noticed', async (t) => {
  const script = 'scripts/own.mjs';
  const sandbox = await threeStarts(t, ['node', script], { [script]: keyless(script) });
  assert.equal(countOf(sandbox, 'agent-begun'), 1);
  const { agent } = controllerOf(sandbox).circuits;
  assert.match(stopOf('agent', agent, 0)?.remedy ?? '', /A change of the agent in policy\/loop\.json is noticed/);
  const watched = agent.state === 'open' ? agent.evidence?.inputs.find(({ name }) => name === script) : undefined;
  assert.equal(watched?.sha256, 'changed by the run');
  sandbox.write('policy/loop.json', loopPolicy(['node', 'agent.mjs']));
  sandbox.plan([{ run: ['echo x >> note.txt'] }]);
  const mended = await sandbox.loopbreaker('loop', '--max-iterations', '1');
  assert.equal(mended.exitCode, 0, told(mended));
});

test('a script that a person mends is tried again, behind options with files of their own', async (t) => {
  const script = 'scripts/own.mjs';
  const files = { 'conf/settings': 'KEY=none\n', [script]: keyless('logs/x.log') };
  const sandbox = await threeStarts(t, ['node', '--env-file', 'conf/settings', script, '-o', 'logs/x.log'], files);
  assert.equal(countOf(sandbox, 'agent-begun'), 1);
  sandbox.write(script, "import { writeFileSync } from 'node:fs';\nwriteFileSync('note.txt', 'x');\n");
  const mended = await sandbox.loopbreaker('loop', '--max-iterations', '1');
  assert.equal(mended.exitCode, 0, told(mended));
  assert.equal(countOf(sandbox, 'agent-begun'), 2);
});

test('the script of an agent is the file that an interpreter runs, and no other word', () => {
  const of = (...command: readonly string[]) => interpretedFile(command);
  assert.equal(of('node', '--env-file', 'conf/.env', 'scripts/agent.mjs', '-o', 'logs/x'), 'scripts/agent.mjs');
  assert.equal(of('/usr/bin/python3.12', '-u', 'tools/agent.py'), 'tools/agent.py');
  assert.equal(of('bash', '-eu', 'tools/agent'), 'tools/agent');
  assert.equal(of('node', '--', 'agent.mjs'), 'agent.mjs');
  assert.equal(of('sh', '-c', 'claude -p > logs/x', 'logs/y'), null);
  assert.equal(of('node', '-e', '1', 'logs/x'), null);
  assert.equal(of('codex', 'exec', '--output-last-message', 'loop/last.txt', '-'), null);
  assert.equal(of('./agent.sh', '-m', 'models/big.gguf'), null);
  assert.equal(of('claude', '--model', 'vendor/large'), null);
});

test('nothing that an agent runs is read: its time and size tell a change', async (t) => {
  const sandbox = await sandboxFor(t);
  const { policies, env } = await openWorkspace({ directory: sandbox.clone, env: sandbox.env, stderr: process.stderr });
  const agent = { ...policies.loop.agent, command: ['node', 'big.mjs'] };
  const file = path.join(sandbox.clone, 'big.mjs');
  const hash = () => agentEvidence(agent, sandbox.clone, env).hash;
  const missing = hash();
  const write = (text: string) => {
    writeFileSync(file, text);
    utimesSync(file, 1, 1);
    return hash();
  };
  const small = write('x');
  assert.equal(write('y'), small, 'the same time and size');
  appendFileSync(file, 'y');
  assert.equal(new Set([missing, small, hash(), write('longer')]).size, 4);
});
