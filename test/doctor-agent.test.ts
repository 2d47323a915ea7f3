/** Check `policies`: whether the loop could start its agent on this machine. */
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { examine, findingsOf, makeProject } from './helpers/project.ts';

const loopWith = (program: string) => ({
  'policy/loop.json': `{ "agent": {\n  "command": ["${program}", "-p"] } }`,
});

type Owner = Parameters<typeof makeProject>[0];

async function foundFor(owner: Owner, program: string, tree = 'worktree', env: Readonly<Record<string, string>> = {}) {
  const project = makeProject(owner, { ...loopWith(program), 'tools/agent': '#!/bin/sh\n' });
  chmodSync(path.join(project.directory, 'tools/agent'), 0o755);
  project.write({ 'node_modules/.bin/our-agent': '#!/bin/sh\n' });
  chmodSync(path.join(project.directory, 'node_modules/.bin/our-agent'), 0o755);
  return findingsOf(await examine(project, tree, ['policies'], env), 'policies');
}

test('an agent that is not on PATH is a warning at its line of the policy, and the way out is named', async (t) => {
  const [finding, ...more] = await foundFor(t, 'no-such-agent');
  assert.deepEqual(more, []);
  assert.deepEqual(
    [finding?.code, finding?.severity, finding?.path, finding?.line],
    ['agent-missing', 'warning', 'policy/loop.json', 2],
  );
  assert.match(finding?.problem ?? '', /"no-such-agent" is not on PATH/);
  assert.match(finding?.remedy ?? '', /install it, or name another in "agent.command" of policy\/loop.json/);
});

test('an agent is looked for where the loop would find it: PATH, the programs of packages, the repository', async (t) => {
  for (const program of ['node', process.execPath, 'our-agent', 'tools/agent', './tools/agent']) {
    assert.deepEqual(await foundFor(t, program), [], program);
  }
  for (const program of ['agent', 'tools', './tools', './tools/none', './PROMPT.md', '/nowhere/agent']) {
    assert.deepEqual(
      (await foundFor(t, program)).map(({ code }) => code),
      ['agent-missing'],
      program,
    );
  }
});

test('where no loop runs nobody asks for its agent: in CI, in the index, in a commit', async (t) => {
  assert.deepEqual(await foundFor(t, 'no-such-agent', 'worktree', { CI: 'true' }), []);
  assert.deepEqual(await foundFor(t, 'no-such-agent', 'index'), []);
  assert.deepEqual(await foundFor(t, 'no-such-agent', 'HEAD'), []);
  assert.equal((await foundFor(t, 'no-such-agent', 'worktree', { CI: 'false' })).length, 1);
});
