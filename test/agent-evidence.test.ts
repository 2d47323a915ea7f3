/** What a run of the agent depends on: its policy, its program and the script that this runs, and not what the run writes. */
import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { interpretedFile, unwrapped } from '../scripts/core/command-file.ts';
import { stopOf } from '../scripts/core/stop.ts';
import { agentEvidence, agentFiles } from '../scripts/effects/agent-evidence.ts';
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

test('the script and the program behind a wrapper are those of the agent', () => {
  const of = (...command: readonly string[]) => [unwrapped(command)[0], interpretedFile(command)];
  assert.deepEqual(of('timeout', '-k', '5', '600', 'node', 'scripts/agent.mjs', 'logs/x'), [
    'node',
    'scripts/agent.mjs',
  ]);
  assert.deepEqual(of('/usr/bin/env', '-u', 'A', 'B=c/d.sh', 'bash', 'tools/agent'), ['bash', 'tools/agent']);
  assert.deepEqual(of('nice', '-n', '10', 'npx', '--yes', 'tsx', 'agent.ts'), ['tsx', 'agent.ts']);
  assert.deepEqual(of('pnpm', 'exec', 'tsx', 'agent.ts'), ['tsx', 'agent.ts']);
  assert.deepEqual(of('bun', 'run', 'scripts/agent.ts', '-o', 'logs/x'), ['bun', 'scripts/agent.ts']);
  assert.deepEqual(of('timeout', '600', 'claude', '-p', '--model', 'vendor/large'), ['claude', null]);
  assert.deepEqual(of('timeout', '600'), ['timeout', null]);
  assert.deepEqual(of('npm', 'run', 'agent'), ['npm', null]);
});

test('a program behind a wrapper that is installed is noticed, in the first place of PATH that holds it', async (t) => {
  const sandbox = await sandboxFor(t);
  const { policies } = await openWorkspace({ directory: sandbox.clone, env: sandbox.env, stderr: process.stderr });
  const agent = { ...policies.loop.agent, command: ['timeout', '600', 'my-agent'] };
  const folders = ['one', 'two'].map((name) => path.join(sandbox.directory, name));
  const env = { PATH: [...folders, sandbox.env.PATH].join(path.delimiter) };
  const install = (folder: string) => {
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'my-agent'), '', { mode: 0o755 });
    return agentEvidence(agent, sandbox.clone, env).hash;
  };
  const missing = agentEvidence(agent, sandbox.clone, env).hash;
  const [one = '', two = ''] = folders;
  const second = install(two);
  assert.notEqual(second, missing);
  const watched = agentFiles(agent, sandbox.clone, env);
  assert.ok(watched.includes(path.join(one, 'my-agent')), 'where it would be found first');
  assert.ok(!watched.includes(path.join(path.dirname(process.execPath), 'my-agent')), 'not where nobody looks');
  const first = install(one);
  assert.notEqual(first, second);
  appendFileSync(path.join(two, 'my-agent'), 'x');
  assert.equal(agentEvidence(agent, sandbox.clone, env).hash, first, 'a later place does not count');
});

test('an agent that rewrites its own policy in every run is run once, and what a person then corrects is noticed', async (t) => {
  const scripts = ['agent.mjs', 'other.mjs'].map((name) => `scripts/${name}`);
  const policy = `JSON.stringify({ agent: { command: ['node', next, String(Date.now())], output: 'text', timeoutSeconds: 60, idleTimeoutSeconds: 30 } })`;
  const text = (own: string, next: string) => `import { writeFileSync } from 'node:fs';
const next = '${next}';
writeFileSync('policy/loop.json', ${policy});
console.error('${own}: Invalid API key · Please run /login');
process.exit(1);
`;
  const [one = '', other = ''] = scripts;
  const files = { [one]: text(one, other), [other]: text(other, one) };
  const sandbox = await threeStarts(t, ['node', one], files);
  assert.equal(countOf(sandbox, 'agent-begun'), 1);
  sandbox.write('policy/loop.json', loopPolicy(['node', 'agent.mjs']));
  sandbox.plan([{ run: ['echo x >> note.txt'] }]);
  const mended = await sandbox.loopbreaker('loop', '--max-iterations', '1');
  assert.equal(mended.exitCode, 0, told(mended));
  assert.equal(countOf(sandbox, 'agent-begun'), 2);
});

test('a correction of the policy that came while the agent ran is told not to count, with the command that lets it', async (t) => {
  const script = 'scripts/own.mjs';
  const corrected = `import { writeFileSync } from 'node:fs';
writeFileSync('policy/loop.json', ${JSON.stringify(loopPolicy(['node', 'agent.mjs']))});
${keyless('logs/x.log')}`;
  const sandbox = await threeStarts(t, ['node', script], { [script]: corrected });
  const said = (await sandbox.loopbreaker('status', '--json')).stdout;
  const command = /changed while the agent ran, which does not count; if that was you: npm run clear -- agent --why/;
  assert.match(said, command);
  await sandbox.loopbreaker('clear', 'agent', '--why', 'your reason');
  sandbox.plan([{ run: ['echo x >> note.txt'] }]);
  const mended = await sandbox.loopbreaker('loop', '--max-iterations', '1');
  assert.equal(mended.exitCode, 0, told(mended));
  assert.equal(countOf(sandbox, 'agent-begun'), 2);
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
