/** docs/recipes/agents.md, followed to the letter with stand-ins that know each agent's options and print its formats. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { sandboxManifest } from '../scripts/demo/sandbox-files.ts';
import { programIn } from '../scripts/effects/program.ts';
import { type AgentRun, writeAgentPrograms } from './helpers/agent-programs.ts';
import { claude, codex, gemini } from './helpers/agent-shapes.ts';
import { notShown, recipeOf, type TypedEnd, typeIn } from './helpers/recipes.ts';
import { countOf, journalOf, packageJsonFor, sandboxFor } from './helpers/sandbox.ts';

/** The sandbox's files with the recipe's own written over them, and what it keeps in tools/ named in the manifest. */
function adopted(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const manifest = JSON.parse(sandboxManifest(programIn('', true)));
  const tools = Object.keys(files).filter((name) => name.startsWith('tools/'));
  return {
    ...files,
    '.gitignore': 'node_modules\n.aider*\n',
    'package.json': packageJsonFor('doctor', 'loop', 'status', 'clear'),
    'runtime-manifest.json': JSON.stringify({ ...manifest, files: [...manifest.files, ...tools] }),
  };
}

/** Follows the recipe with these runs of its agent, and types the console block with that number. */
async function follow(t: TestContext, heading: string, runs: readonly AgentRun[], block = 0) {
  const recipe = recipeOf('agents', heading);
  const sandbox = await sandboxFor(t, adopted(recipe.files));
  const bin = writeAgentPrograms(sandbox.directory);
  mkdirSync(path.join(sandbox.directory, 'scratch'));
  writeFileSync(path.join(sandbox.directory, 'plan.json'), JSON.stringify(runs));
  const env = { ...sandbox.env, PATH: `${bin}:${sandbox.env.PATH}`, TMPDIR: path.join(sandbox.directory, 'scratch') };
  const typed = recipe.typed[block] ?? assert.fail(`"${heading}" has no console block ${block}`);
  const end = typeIn(sandbox.clone, env, typed.commands);
  return { sandbox, end, missing: notShown(typed.shown, end.output) };
}

const commit = ['git add one.txt', 'git commit --quiet -m one'];
const work = { edits: { 'one.txt': 'one\n' }, commands: commit };
const more = { edits: { 'one.txt': 'two\n' }, commands: commit };
const done = 'All of it is done.\n\nTOKEN';

const agents: Readonly<Record<string, readonly AgentRun[]>> = {
  'Claude Code': [
    { ...work, say: claude.init() + claude.uses('npm test') + claude.toolSays(done) + claude.result('Not yet.') },
    { ...more, say: claude.init() + claude.says(done) + claude.result(done) },
  ],
  Codex: [
    {
      ...work,
      say: codex.begin() + codex.runs('npm test') + codex.printed('ok') + codex.says(done) + codex.completed(),
    },
  ],
  'Gemini CLI': [{ ...work, say: `Loaded cached credentials.\n${gemini.document({ response: done })}` }],
  aider: [
    {
      ...work,
      say: 'Not yet.\nTokens: 2k sent\n',
      history: '\n#### Do it.  \n#### TOKEN  \n\nNot yet.\n\n> TOKEN  \n',
    },
    {
      ...more,
      say: `${done}\nTokens: 2k sent, 90 received.\nCommit 1a2b3c4 feat: two\n`,
      history: `\n#### Do it.  \n#### TOKEN  \n\n${done}\n\n> Tokens: 2k sent, 90 received.  \n> Commit 1a2b3c4 feat: two  \n`,
    },
  ],
};

function assertPromoted(end: TypedEnd, missing: readonly string[]): void {
  assert.equal(end.exitCode, 0, end.output);
  assert.deepEqual(missing, [], end.output);
}

for (const [heading, runs] of Object.entries(agents)) {
  test(`the recipe for ${heading}: its last word is a claim, and what is promoted is what it committed, as the page shows`, async (t) => {
    const { sandbox, end, missing } = await follow(t, heading, runs);
    assertPromoted(end, missing);
    assert.deepEqual([countOf(sandbox, 'agent-begun'), countOf(sandbox, 'promotion-begun')], [runs.length, 1]);
    assert.equal(await sandbox.remoteGit('rev-parse', 'main'), await sandbox.git('rev-parse', 'HEAD'));
    assert.equal(
      await sandbox.remoteGit('show', 'main:one.txt'),
      Object.values(runs.at(-1)?.edits ?? {})
        .join('')
        .trim(),
    );
  });
}

test('the recipe for Claude Code: a commit that its rules do not allow is no progress, and the loop stops as the page shows', async (t) => {
  const say = claude.init() + claude.says(done) + claude.result(done);
  const runs = Array.from({ length: 5 }, () => ({ commands: ['git push origin HEAD'], say }));
  const { sandbox, end, missing } = await follow(t, 'Claude Code', runs, 1);
  assert.equal(end.exitCode, 75, end.output);
  assert.deepEqual(missing, [], end.output);
  assert.equal(countOf(sandbox, 'agent-begun'), 3);
});

test('the recipe for Claude Code: a program that is not installed is told as such at its first run', async (t) => {
  const recipe = recipeOf('agents', 'Claude Code');
  const policy = JSON.parse(recipe.files['policy/loop.json'] ?? '{}');
  policy.agent.command[0] = 'claude-that-is-not-installed';
  const sandbox = await sandboxFor(t, adopted({ 'policy/loop.json': JSON.stringify(policy) }));
  const end = typeIn(sandbox.clone, sandbox.env, ['npm run loop']);
  assert.equal(end.exitCode, 78, end.output);
  assert.match(end.output, /agent-command-missing/);
  assert.equal(journalOf(sandbox).filter(({ event }) => event === 'agent-begun').length, 1);
});

test('the recipe for any command: two tasks are two runs, and the second claims', async (t) => {
  const { sandbox, end, missing } = await follow(t, 'Any command', []);
  assertPromoted(end, missing);
  assert.equal(await sandbox.remoteGit('show', 'main:DONE.txt'), 'one\ntwo');
});
