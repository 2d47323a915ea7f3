/** `npm run test:matrix` on a small project, with the Node that runs this test in the place of an installed one. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { countsOf, redOf } from '../scripts/matrix/suite.ts';
import { cleanEnvironment, makeRepository } from './helpers/repository.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const current = process.versions.node.split('.').slice(0, 2).join('.');

const says = (condition: string) => `import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const versionOf = (program: string) => String(execFileSync(program, ['--version']));
test('a sum', () => assert.equal(1 + 1, 2));
test('what is left for later', { skip: true }, () => undefined);
test('the machine', () => assert.ok(${condition}));
`;

/** A project with one test file; `nodes` are versions, each a program that says the version which it maps to. */
function projectWith(t: TestContext, condition: string, nodes: Readonly<Record<string, string>>) {
  const { directory, write } = makeRepository(t, {
    files: { 'package.json': '{"type":"module"}', 'test/one.test.ts': says(condition) },
  });
  symlinkSync(path.join(root, 'node_modules'), path.join(directory, 'node_modules'));
  for (const [asked, said] of Object.entries(nodes)) {
    const bin = path.join(directory, 'nodes', asked, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin');
    mkdirSync(bin, { recursive: true });
    const program = `#!/bin/sh\n[ "$1" = --version ] && echo ${said} && exit\nexec '${process.execPath}' "$@"\n`;
    writeFileSync(path.join(bin, 'node'), program);
    chmodSync(path.join(bin, 'node'), 0o755);
  }
  const matrix = (...args: readonly string[]) => {
    const program = [
      path.join(root, 'scripts/test-matrix.ts'),
      '-C',
      directory,
      '--nodes',
      path.join(directory, 'nodes'),
    ];
    const argv = ['--import', 'tsx', ...program, ...args];
    return spawnSync(process.execPath, argv, { cwd: root, env: cleanEnvironment(), encoding: 'utf8' });
  };
  return { directory, write, matrix };
}

test('the tests are run under each Node, and one row for each says what became of them', (t) => {
  const { matrix } = projectWith(t, `versionOf('node').startsWith('v')`, {
    [current]: `v${current}.9`,
    '99': 'v99.1.0',
  });
  const { status, stdout, stderr } = matrix('--node', `${current},99`);
  assert.equal(status, 0, stderr + stdout);
  const rows = stdout
    .trimEnd()
    .split('\n')
    .slice(-3)
    .map((row) => row.split(/ {2,}/));
  assert.deepEqual(
    rows[0]?.map((cell) => cell.trim()),
    ['node', 'git', 'tests', 'pass', 'fail', 'skipped', 'seconds'],
  );
  assert.deepEqual(
    rows.slice(1).map((row) => [row[0], ...row.slice(2, 6), row[7]]),
    [
      [`v${current}.9`, '3', '2', '0', '1', 'green'],
      ['v99.1.0', '3', '2', '0', '1', 'green'],
    ],
  );
});

test('one red test under one Node is exit 1, and its name stands above the table with that Node', (t) => {
  const { matrix } = projectWith(t, `!versionOf('node').startsWith('v99')`, {
    [current]: `v${current}.9`,
    '99': 'v99.1.0',
  });
  const { status, stdout } = matrix('--node', `${current},99`, '--files', 'test/one.test.ts');
  assert.equal(status, 1);
  assert.match(stdout, /\nv99\.1\.0 {2}the machine\n/);
  assert.match(stdout, /green\nv99\.1\.0 .* 3 +1 +1 +1 .*red\n$/);
});

test('the git that is given is the one that the tests find, and is named', (t) => {
  const { directory, matrix } = projectWith(t, `versionOf('git').includes('9.9.9')`, { [current]: `v${current}.9` });
  const git = path.join(directory, 'git');
  writeFileSync(git, '#!/bin/sh\necho git version 9.9.9\n');
  chmodSync(git, 0o755);
  for (const given of [git, directory]) {
    const { status, stdout, stderr } = matrix('--node', current, '--git', given);
    assert.equal(status, 0, stderr);
    assert.match(stdout, / 9\.9\.9 +3 +2 +0 +1 /);
  }
});

test('what cannot be run is refused before any test: another Node than its name, a word, a file or git that is not there', (t) => {
  const { matrix } = projectWith(t, 'true', { '98': 'v97.0.0' });
  const refused = [
    [['--node', '98'], 75, /is to be Node 98, but says: v97\.0\.0\n {2}to mend it: rm -r '/],
    [['--node', 'newest'], 2, /--node "newest": versions look like/],
    [['--files', 'test/gone.test.ts'], 2, /--files test\/gone\.test\.ts: there is no such file/],
    [['--git', '/nowhere'], 2, /--git \/nowhere: there is no program named git/],
  ] as const;
  for (const [args, code, said] of refused) {
    const { status, stdout, stderr } = matrix(...args);
    assert.deepEqual([status, stdout], [code, ''], stderr);
    assert.match(stderr, said);
  }
});

test('a summary that is not there is no summary, and skipped or awaited tests are not red', () => {
  assert.equal(countsOf('TAP version 13\nok 1 - a\n'), null);
  assert.deepEqual(redOf('not ok 1 - a\nok 2 - b\n    not ok 1 - c # TODO later\n    not ok 2 - d\n'), ['a', 'd']);
});
