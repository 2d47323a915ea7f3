/** Dependencies that are taken from a path: an install needs them in every checkout, so git has to hold them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { subjectOf } from '../scripts/core/doctor.ts';
import { localPackages } from '../scripts/core/local-packages.ts';
import { examine, findingsOf, makeProject, manifestWith } from './helpers/project.ts';
import type { Repository } from './helpers/repository.ts';

type Files = Readonly<Record<string, string>>;
type Owner = Parameters<typeof makeProject>[0];

const asking = (dependencies: Files): Files => ({ 'package.json': JSON.stringify({ dependencies }, null, 1) });

/** A project that asks for packages by these specifiers, with more files that are committed, and some that are not. */
function projectWith(owner: Owner, specifiers: readonly string[], held: Files = {}, unheld: Files = {}): Repository {
  const wanted = Object.fromEntries(specifiers.map((specifier, index) => [`p${index}`, specifier]));
  const project = makeProject(owner, { ...asking(wanted), ...held });
  project.write(unheld);
  return project;
}

async function found(project: Repository, tree = 'worktree') {
  return findingsOf(await examine(project, tree, ['script-targets']), 'script-targets');
}

async function told(project: Repository, tree = 'worktree'): Promise<readonly string[]> {
  return (await found(project, tree)).map((one) => `${one.severity} ${one.code} ${subjectOf(one)}`);
}

test('what a specifier names as a path, and what it does not', () => {
  const pathOf = (specifier: string) => {
    const [one] = localPackages({ dependencies: { a: specifier } });
    return one === undefined ? null : `${one.kind} ${one.path}`;
  };
  const paths = {
    'file:vendor/x.tgz': 'archive vendor/x.tgz',
    'vendor/x.tar.gz': 'archive vendor/x.tar.gz',
    'file:./x': 'folder ./x',
    'file:///srv/x': 'folder /srv/x',
    '../x': 'folder ../x',
    'portal:x': 'folder x',
    'link:x': 'link x',
    'link:': 'link .',
  };
  for (const [specifier, path] of Object.entries(paths)) assert.equal(pathOf(specifier), path, specifier);
  const others = [
    '^1.2',
    'latest',
    'user/repo',
    'npm:b@1',
    'workspace:*',
    'workspace:../x',
    'catalog:',
    'git+file:///x',
  ];
  for (const specifier of [...others, 'https://x.example/x.tgz', 'github:a/b', ''])
    assert.equal(pathOf(specifier), null);
  assert.deepEqual(
    localPackages({ devDependencies: { '@a/b': './x' }, peerDependencies: { c: './y' } }).map(({ pointer }) => pointer),
    ['/devDependencies/@a~1b'],
  );
});

test('an archive that git does not hold is told in every tree, at its line, with the command that mends it', async (t) => {
  const project = projectWith(t, ['1.0.0', 'file:vendor/x.tgz'], {}, { 'vendor/x.tgz': 'x' });
  const [finding, ...more] = await found(project);
  assert.deepEqual(more, []);
  assert.deepEqual(
    [finding?.code, finding?.severity, finding?.path, finding?.line],
    ['path-untracked', 'error', 'package.json', 4],
  );
  assert.equal(
    finding?.problem,
    'vendor/x.tgz is on disk but not in git; package.json asks for p1 as "file:vendor/x.tgz".',
  );
  assert.deepEqual(finding?.commands, ['git add vendor/x.tgz']);
  assert.deepEqual(await told(project, 'index'), ['error path-untracked vendor/x.tgz']);
  assert.deepEqual(await told(project, 'HEAD'), ['error path-untracked vendor/x.tgz']);
  project.write({ '.gitignore': '*.tgz\n' });
  assert.deepEqual(await told(project), ['error path-ignored vendor/x.tgz']);
  project.git('add', '-f', 'vendor/x.tgz');
  assert.deepEqual(await told(project, 'index'), []);
  project.remove('vendor/x.tgz');
  assert.deepEqual(await told(project), ['error path-deleted-on-disk vendor/x.tgz']);
});

test('of a folder all that git lacks is added by the printed command; without package.json it is no package', async (t) => {
  const folder = { 'libs/a/package.json': '{}', 'libs/a/index.js': '' };
  for (const specifier of ['file:libs/a', 'portal:./libs/a/', 'link:libs/a', './libs/a']) {
    const project = projectWith(t, [specifier], {}, folder);
    const [finding] = await found(project);
    assert.equal(finding?.code, 'path-untracked', specifier);
    execFileSync('sh', ['-c', finding.commands.join(' && ')], { cwd: project.directory });
    assert.deepEqual(await told(project), []);
    assert.match(project.git('ls-files', 'libs'), /index\.js/);
    project.git('rm', '-q', '--cached', 'libs/a/package.json');
    assert.deepEqual(
      await told(project),
      specifier === 'link:libs/a' ? [] : ['error path-untracked libs/a/package.json'],
    );
  }
  assert.deepEqual(await told(projectWith(t, ['link:libs/gone'])), ['error path-missing libs/gone']);
});

test('an ignored folder is an error, one where builds write a warning, and a declared one nothing', async (t) => {
  const unheld = { 'dist/lib/package.json': '{}', 'vendor/lib/package.json': '{}' };
  const held = { '.gitignore': 'dist/\nvendor/\n' };
  const project = projectWith(t, ['file:dist/lib', 'file:vendor/lib'], held, unheld);
  assert.deepEqual(await told(project), ['warning path-ignored dist/lib', 'error path-ignored vendor/lib']);
  assert.match((await found(project))[0]?.problem ?? '', /ignored \(\.gitignore:1: dist\/\)/);
  const generated = ['dist', 'vendor'].map((folder) => ({ path: `${folder}/**`, by: 'npm run build' }));
  project.write({ 'runtime-manifest.json': manifestWith({ generated }) });
  assert.deepEqual(await told(project), []);
  const packed = manifestWith({ generated: [{ path: 'packed/*.tgz', by: 'npm pack' }] });
  assert.deepEqual(await told(projectWith(t, ['file:packed/x.tgz'], { 'runtime-manifest.json': packed })), []);
});

test('built output that is ignored is told alike before and after the build, in every tree, with what declares it', async (t) => {
  const specifiers = ['link:packages/a/dist', 'file:packages/a/out/esm'];
  const project = projectWith(t, specifiers, { '.gitignore': 'dist/\nout\n' });
  const wanted = ['warning path-ignored packages/a/dist', 'warning path-ignored packages/a/out/esm'];
  for (const tree of ['worktree', 'index', 'HEAD']) assert.deepEqual(await told(project, tree), wanted, tree);
  const before = await found(project, 'HEAD');
  assert.match(before[0]?.remedy ?? '', /^name it under "generated" of runtime-manifest\.json/);
  project.write({ 'packages/a/dist/index.js': '', 'packages/a/out/esm/package.json': '{}' });
  for (const tree of ['worktree', 'index', 'HEAD']) assert.deepEqual(await found(project, tree), before, tree);
  project.write({ '.gitignore': '' });
  project.remove('packages');
  assert.deepEqual(await told(project), [
    'error path-missing packages/a/dist',
    'error path-missing packages/a/out/esm/package.json',
  ]);
});

test('an optional package that is missing is a warning: npm installs without it', async (t) => {
  const optional = { optionalDependencies: { one: 'file:vendor/gone.tgz', two: 'file:gone' } };
  const project = makeProject(t, { 'package.json': JSON.stringify(optional) });
  assert.deepEqual(await told(project), [
    'warning path-missing vendor/gone.tgz',
    'warning path-missing gone/package.json',
  ]);
});

test('what lies outside of the repository is a warning, and what git holds nothing', async (t) => {
  const outside = ['file:../x', 'link:../../x', 'portal:/srv/x', '~/x.tgz'];
  const project = projectWith(t, outside);
  assert.deepEqual(
    (await found(project)).map(({ code, severity, line }) => `${severity} ${code} ${line}`),
    [3, 4, 5, 6].map((line) => `warning package-outside ${line}`),
  );
  const held = {
    'libs/a/package.json': '{}',
    'x.tgz': 'x',
    'packages/b/package.json': '{"dependencies":{"r":"file:../../libs/a"}}',
  };
  const workspace = { 'pnpm-workspace.yaml': 'packages:\n  - packages/*\n' };
  assert.deepEqual(
    await told(projectWith(t, ['./libs/a', './x.tgz', 'link:.', 'file:.'], { ...held, ...workspace })),
    [],
  );
});

test('packages of a workspace are asked as well, samples and the material of tests are not', async (t) => {
  const own = '{"dependencies":{"r":"file:../gone"}}';
  const project = projectWith(t, [], {
    'package.json': JSON.stringify({ workspaces: ['packages/*'] }),
    'packages/b/package.json': own,
    'examples/c/package.json': own,
    'test/fixtures/d/package.json': own,
  });
  assert.deepEqual(await told(project), ['error path-missing packages/gone/package.json']);
});
