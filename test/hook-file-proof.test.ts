/** Whether the doctor sees that the file which the hooks call does not come to the program. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { hooks } from '../scripts/checks/hooks.ts';
import { hookFileCall, hookFileText } from '../scripts/core/hook-file.ts';
import { callingConfigs } from './helpers/hook-tools.ts';
import { resultWith } from './helpers/machine.ts';
import { examine, findingsOf, makeProject, manifestWith } from './helpers/project.ts';
import { type Repository, temporaryDirectory } from './helpers/repository.ts';

const program = 'node_modules/loopbreaker/bin/loopbreaker.js';
const ours = hookFileText({ programs: [program], install: 'npm install' });

interface Owner {
  after(dispose: () => void): void;
}

/** Hooks of a folder that call the file; the program, were it run, would leave a file behind. */
function makeHooked(t: Owner, text: string): Repository {
  const names = ['pre-commit', 'pre-push'];
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ hooks: names }),
    '.gitignore': 'node_modules/\nran\n',
    '.githooks/loopbreaker': text,
    ...Object.fromEntries(
      names.map((name) => [`.githooks/${name}`, `#!/bin/sh\n${hookFileCall('.githooks', name)}\n`]),
    ),
    [program]: 'require("fs").writeFileSync("ran", "");\n',
  });
  project.git('config', 'core.hooksPath', '.githooks');
  for (const name of names) project.git('update-index', '--chmod=+x', `.githooks/${name}`);
  project.git('checkout-index', '-f', '-a');
  return project;
}

async function said(project: Repository, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const found = findingsOf(await examine(project, 'worktree', ['hooks'], env), 'hooks');
  assert.equal(existsSync(path.join(project.directory, 'ran')), false, 'the program itself is never run');
  return found.map(({ code, severity, path: file, problem }) => {
    const [, hook = ''] = /was fired for (\S+), and ended well/.exec(problem) ?? [];
    return [severity, code, file, hook].join(' ').trim();
  });
}

/** The text with a line in front of what it does. */
const begunWith = (line: string): string => ours.replace('hook=$1\n', () => `${line}\nhook=$1\n`);

test('a hook file that never comes to the program is an error, however it was gutted, and as it should be it is none', async (t) => {
  const project = makeHooked(t, ours);
  assert.deepEqual(await said(project), []);
  const file = path.join(project.directory, '.githooks/loopbreaker');
  for (const text of ['', 'echo mine\n', begunWith('exit 0'), ours.replace('"$node" "$program" hook', ': hook')]) {
    writeFileSync(file, text);
    assert.deepEqual(await said(project), ['error hook-silent .githooks/loopbreaker pre-commit'], text.slice(0, 400));
  }
  writeFileSync(file, begunWith('[ $1 = pre-commit ] || exit 0'));
  assert.deepEqual(await said(project), ['error hook-silent .githooks/loopbreaker pre-push']);
});

test('what a person has put into the file is no error as long as the program is reached, by a node of its own too', async (t) => {
  const project = makeHooked(t, begunWith('# ours'));
  const edited = ['warning hook-file-edited .githooks/loopbreaker'];
  assert.deepEqual(await said(project), edited);
  const file = path.join(project.directory, '.githooks/loopbreaker');
  writeFileSync(file, begunWith(`PATH='${path.dirname(process.execPath)}':$PATH`));
  assert.deepEqual(await said(project), edited, 'its node starts what stands in for the program');
  writeFileSync(file, begunWith('pnpm lint-that-fails-here >/dev/null 2>&1 || exit 1'));
  assert.deepEqual(await said(project), edited, 'one that refuses lets nothing through');
});

test('neither a bypass nor a start-up file of the person is at work when the hook file is fired', async (t) => {
  const project = makeHooked(t, ours);
  const home = temporaryDirectory(t);
  writeFileSync(path.join(home, 'start-up'), '');
  const env = { HOME: home, LOOPBREAKER_BYPASS: 'why not' };
  assert.deepEqual(await said(project, env), []);
  assert.equal(existsSync(path.join(project.directory, '.git/loopbreaker/bypass')), false);
  const file = path.join(project.directory, '.githooks/loopbreaker');
  writeFileSync(file, ours.replace('"$node" "$program" hook', ': hook'));
  assert.deepEqual(await said(project, env), ['error hook-silent .githooks/loopbreaker pre-commit']);
  writeFileSync(file, begunWith('[ ! -f "$HOME/start-up" ] || exit 0'));
  assert.deepEqual(await said(project, env), ['warning hook-file-edited .githooks/loopbreaker']);
});

test('beside a runner the file that its configuration calls is fired too', async (t) => {
  const text = callingConfigs.lefthook['lefthook.yml'].replaceAll('npx loopbreaker hook', 'sh .githooks/loopbreaker');
  const project = makeProject(t, {
    'runtime-manifest.json': manifestWith({ hooks: ['pre-commit', 'pre-push'] }),
    'lefthook.yml': text,
    '.githooks/loopbreaker': begunWith('exit 0'),
  });
  assert.equal((await said(project)).includes('error hook-silent .githooks/loopbreaker pre-commit'), true);
});

test('a hook file that does not end is left unknown, not passed', async (t) => {
  const project = makeHooked(t, ours);
  const late = { isReached: false, output: '', exitCode: null };
  const { status, reason } = await resultWith(project, hooks, { fireHookFile: () => Promise.resolve(late) });
  assert.deepEqual([status, reason?.includes('could not be fired: it took too long')], ['unknown', true]);
});
