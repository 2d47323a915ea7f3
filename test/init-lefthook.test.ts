/** lefthook.yml as teams write it: joined without a change to any other line, and given back byte for byte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { withLefthook, withoutLefthook } from '../scripts/core/init-lefthook.ts';
import { adopt, makeTeam, read, warningsOf } from './helpers/adopted.ts';

const call = (hook: string): string => `sh .githooks/loopbreaker ${hook}`;

/** Configurations by what is particular about them. */
const layouts: Readonly<Record<string, string>> = {
  'no lines at all': '',
  'a remark only': '# see the docs of lefthook\n',
  'other hooks only': 'commit-msg:\n  commands:\n    lint:\n      run: npx commitlint --edit {1}\n',
  'commands, four blanks and remarks':
    '# of the team\npre-commit:\n    parallel: true\n    commands: # in this order\n        # first\n        lint:\n            run: npx eslint {staged_files}   # quick\n            glob: "*.js"\n\n# the end\n',
  'line ends of Windows and none at the end': 'pre-commit:\r\n  commands:\r\n    lint:\r\n      run: "npx eslint"',
  'jobs, indented or not':
    'pre-commit:\n  jobs:\n  - run: npx eslint\n  - name: types\n    run: >-\n      npx tsc\n      --noEmit\npre-push:\n  jobs:\n    - run: npm test\n',
  'a hook with options only': 'pre-push:\n  parallel: true\n  skip:\n    - merge\n',
  'a hook with nothing in it':
    'pre-commit:\n  jobs:\n    - run: npx eslint\npre-push:\n\nassert_lefthook_installed: true\n',
  'long lines, quotes and anchors': `x-lint: &lint\n  run: 'npx eslint --max-warnings 0 ${'src/x '.repeat(30)}'\npre-commit:\n  commands:\n    lint:\n      <<: *lint\n      tags: [ a,b ]\n`,
  'braces on a line of their own': 'pre-commit:\n  commands:\n    { commands: { run: npx eslint } }\n',
  'values in braces': 'pre-commit: { commands: { lint: { run: npx eslint } } }\npre-push:\n  commands: {}\n',
};

for (const [particular, text] of Object.entries(layouts)) {
  test(`a lefthook.yml with ${particular} calls loopbreaker first, keeps every line, and is as before afterwards`, () => {
    const joined = withLefthook(text, '.githooks') ?? assert.fail('it is YAML');
    const before = parse(text) ?? {};
    const after = parse(joined);
    for (const hook of ['pre-commit', 'pre-push']) {
      const { jobs, commands } = after[hook];
      const [first] = jobs ?? Object.values(commands);
      assert.deepEqual([first.run, first.use_stdin], [call(hook), hook === 'pre-push' ? true : undefined]);
      assert.equal(
        (jobs ?? Object.keys(commands)).length,
        (before[hook]?.jobs ?? Object.keys(before[hook]?.commands ?? {})).length + 1,
      );
    }
    assert.equal(withLefthook(joined, '.githooks'), joined, 'once');
    const isBlock = !/[{] (lint|commands):/.test(text);
    if (isBlock) {
      const lines = joined.split('\n').map((line) => line.trimEnd());
      for (const line of text.split('\n')) assert.equal(lines.includes(line.trimEnd()), true, line);
      assert.equal(joined.includes('\r\n'), text.includes('\r\n'));
      assert.equal(/[^\r]\n/.test(joined) && text.includes('\r\n'), false);
      // Whether a hook was named before with nothing in it only the history tells.
      assert.equal(withoutLefthook(joined, '.githooks'), text.replace('pre-push:\n\n', '\n'));
    } else assert.deepEqual(parse(withoutLefthook(joined, '.githooks')), { 'pre-commit': before['pre-commit'] });
  });
}

test('what is no map of hooks is left alone', () => {
  for (const text of ['- a\n', 'pre-commit: [\n', 'a word\n']) assert.equal(withLefthook(text, '.githooks'), null);
});

test('what a merge key brings is not lost to our entry: where it would be, nothing is edited', () => {
  const lint = 'commands:\n    lint:\n      run: npx eslint\n';
  const rows: readonly (readonly [text: string, isJoined: boolean])[] = [
    [`x-base: &base\n  ${lint}pre-commit:\n  <<: *base\n`, false],
    ['x-base: &base\n  jobs:\n    - run: npx eslint\npre-commit:\n  <<: *base\n', false],
    [`x-all: &all\n  pre-commit:\n    parallel: true\n<<: *all\n`, false],
    // Ours would run in the other hook, too.
    [`pre-commit:\n  ${lint.replace('commands:', 'commands: &own')}post-merge:\n  commands:\n    <<: *own\n`, false],
    ['x-base: &base\n  parallel: true\npre-commit:\n  <<: *base\n', true],
    [`x-own: &own\n  lint:\n    run: npx eslint\npre-commit:\n  commands:\n    <<: *own\n`, true],
  ];
  for (const [text, isJoined] of rows) {
    const edited = withLefthook(text, '.githooks');
    assert.equal(edited !== null, isJoined, text);
    if (edited === null) continue;
    const said = parse(edited, { merge: true })['pre-commit'];
    assert.equal(said.commands.loopbreaker.run, call('pre-commit'));
    delete said.commands.loopbreaker;
    const before = parse(text, { merge: true })['pre-commit'];
    assert.deepEqual(said, { commands: {}, ...before });
    assert.equal(withoutLefthook(edited, '.githooks'), text);
  }
});

test('a hook without a place for our entry is left to the person', async (t) => {
  const hooks = ['pre-commit:\n  commands:\n', 'pre-commit: true\n', 'pre-commit:\n  jobs: x\n', 'pre-push: *gone\n'];
  const alias = 'x-base: &base\n  parallel: true\npre-push: *base\n';
  for (const text of [...hooks, alias]) {
    assert.equal(withLefthook(text, '.githooks'), null, text);
    assert.equal(withoutLefthook(text, '.githooks'), text);
  }
  const team = makeTeam(t, { 'lefthook.yml': hooks[0] ?? '' });
  assert.match(
    warningsOf(await adopt(team)).join('\n'),
    /lefthook\.yml is lefthook's and was left alone: in lefthook\.yml, let/,
  );
  assert.equal(read(team, 'lefthook.yml'), hooks[0]);
});

test('an entry that a person has changed is not taken out with ours', () => {
  const text = `pre-commit:\n  commands:\n    loopbreaker:\n      run: time ${call('pre-commit')}\n`;
  assert.equal(withoutLefthook(text, '.githooks'), text);
  const more = `pre-commit:\n  commands:\n    loopbreaker:\n      run: ${call('pre-commit')}\n      tags: [ours]\n    lint:\n      run: npx eslint\n`;
  assert.deepEqual(Object.keys(parse(withoutLefthook(more, '.githooks'))['pre-commit'].commands), ['lint']);
});
