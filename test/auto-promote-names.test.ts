/** Names are data: of branches, remotes and targets, whatever a shell, git or a terminal would make of them. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Sandbox } from '../scripts/demo/sandbox.ts';
import { executeDirectly } from '../scripts/effects/process.ts';
import type { PromotionReport } from '../scripts/report/promotion.ts';
import { assertNothingLeft, commitFile, sandboxFor, stateDirectory, told } from './helpers/sandbox.ts';

async function promote(sandbox: Sandbox, ...args: readonly string[]) {
  const end = await sandbox.loopbreaker('auto-promote', '--json', ...args);
  assert.match(end.stdout, /^\{/, told(end));
  const report: PromotionReport = JSON.parse(end.stdout);
  return { ...end, report };
}

/** A branch of any name that git takes, made without git's own scruples about names that begin with a dash. */
async function makeBranch(sandbox: Sandbox, name: string): Promise<string> {
  const head = await commitFile(sandbox, `work-${readdirSync(sandbox.clone).length}.txt`, 'work\n');
  await sandbox.git('update-ref', `refs/heads/${name}`, head);
  return head;
}

// Nothing in it is a template: it is what a shell would expand.
const names = {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell would expand it, and that is the point.
  'a semicolon and a substitution': 'a;touch${IFS}pwned;$(touch${IFS}pwned)',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell would expand it, and that is the point.
  'backticks, quotes and an ampersand': '`touch${IFS}pwned`&\'"|>pwned',
  'a leading dash': '-x',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell would expand it, and that is the point.
  'an option of git': '--upload-pack=touch${IFS}pwned',
  'letters of other scripts': 'ветка/ブランチ-é-🙂',
  'the right-to-left mark of a terminal': 'a\u202eb',
  'a name that git has for something else': 'HEAD',
  'a name like a full one': 'refs/heads/x',
  'two hundred letters': 'n'.repeat(200),
  'a percent sign and a format': '%s%n%(refname)',
  'an at sign': '@x@',
};

for (const [what, name] of Object.entries(names)) {
  test(`a branch named with ${what} is promoted like any other, and nothing runs`, async (t) => {
    const sandbox = await sandboxFor(t);
    const head = await makeBranch(sandbox, name);
    const end = await promote(sandbox, `--branch=refs/heads/${name}`);
    assert.equal(end.report.outcome, 'promoted', told(end));
    assert.equal(end.report.trigger?.branch, `refs/heads/${name}`);
    assert.equal(await sandbox.remoteGit('rev-parse', 'refs/heads/main'), head);
    const everything = readdirSync(sandbox.directory, { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      everything.filter((file) => path.basename(file) === 'pwned'),
      [],
    );
    const spoken = readdirSync(stateDirectory(sandbox), { recursive: true, encoding: 'utf8' });
    assert.ok(
      spoken.every((file) => /^[\w./-]+$/.test(file)),
      'no name of a branch becomes the name of a file',
    );
    await sandbox.git('update-ref', '-d', `refs/heads/${name}`);
    await assertNothingLeft(sandbox);
  });
}

test('what is printed for a protected change on such a branch can be typed', async (t) => {
  const sandbox = await sandboxFor(t);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell would expand it, and that is the point.
  for (const name of ["$(touch${IFS}pwned);'", '-x']) {
    await commitFile(sandbox, 'policy/note.txt', `${name}\n`);
    await makeBranch(sandbox, name);
    const blocked = await promote(sandbox, `--branch=refs/heads/${name}`);
    assert.equal(blocked.report.failure?.rule, 'protected-paths', told(blocked));
    const command = /npm run .*"your reason"/.exec(blocked.report.failure?.remedy ?? '')?.[0] ?? '';
    const text = `npm() { shift 3; ${sandbox.argv('auto-promote').join(' ')} "$@"; }\n${command}`;
    const end = await executeDirectly({ argv: ['bash', '-c', text], cwd: sandbox.clone, env: sandbox.env });
    assert.equal(end.exitCode, 0, `${command}\n${told(end)}`);
    await sandbox.git('update-ref', '-d', `refs/heads/${name}`);
  }
  assert.ok(!readdirSync(sandbox.clone).includes('pwned'));
});

for (const branch of ['main/../x', '../../x', 'x..y', '', 'x.lock', 'a b', 'x^{tree}', 'x~1', ':/x', '@{-1}']) {
  test(`"${branch}" is no branch, and is refused in a sentence`, async (t) => {
    const sandbox = await sandboxFor(t);
    await commitFile(sandbox, 'work.txt', 'work\n');
    await sandbox.git('branch', 'x');
    const end = await sandbox.loopbreaker('auto-promote', `--branch=${branch}`);
    assert.equal(end.exitCode, 1, told(end));
    assert.match(end.stderr, /no local branch[\s\S]*to mend it/);
    assert.doesNotMatch(end.stderr, /\n\s+at /);
  });
}

test('what a terminal would obey is not printed from a name', async (t) => {
  const sandbox = await sandboxFor(t);
  const end = await sandbox.loopbreaker('auto-promote', '--branch=\u001b]0;title\u0007\u001b[2Jx');
  assert.equal(end.exitCode, 1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
  assert.doesNotMatch(`${end.stdout}${end.stderr}`, /[\u0000-\u0009\u000b-\u001f\u007f]/);
});

for (const remote of ['-x', '--upload-pack=touch pwned', '../evil', 'a;touch pwned', 'x*y', '.']) {
  test(`a remote called "${remote}" in the policy is a failure that runs nothing`, async (t) => {
    const policy = { remote, prepare: [], qa: [] };
    const sandbox = await sandboxFor(t, { 'policy/promote.json': JSON.stringify(policy) });
    await commitFile(sandbox, 'work.txt', 'work\n');
    const end = await sandbox.loopbreaker('auto-promote', '--json');
    assert.equal(end.exitCode, 78, told(end));
    assert.ok(!readdirSync(sandbox.clone).includes('pwned'));
  });
}
