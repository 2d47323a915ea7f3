import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { callsHook } from '../scripts/core/hook-calls.ts';
import { callingConfigs, withHookTools } from './helpers/hook-tools.ts';
import { examine, findingsOf, makeProject, projectManifest, troubles } from './helpers/project.ts';
import { cleanEnvironment, type Repository, repositoryAt, temporaryDirectory } from './helpers/repository.ts';

interface Owner {
  after(dispose: () => void): void;
}

/** A project whose manifest says nothing about hooks, so that the default asks for both. */
function unhusked(t: Owner, files: Readonly<Record<string, string>> = {}): Repository {
  const { hooks: _, ...silent } = projectManifest;
  return makeProject(t, { 'runtime-manifest.json': JSON.stringify(silent), '.gitignore': 'node_modules\n', ...files });
}

async function found(project: Repository, env: Readonly<Record<string, string>> = {}) {
  const result = await examine(project, 'worktree', ['tracked', 'hooks'], env);
  return ['tracked', 'hooks'].flatMap((id) => findingsOf(result, id));
}

const codes = async (project: Repository, env = {}) =>
  (await found(project, env)).map((one) => `${one.severity} ${one.code}`);

/** Types what all findings print, as a person does. */
async function mend(project: Repository, tools = ''): Promise<void> {
  const env = cleanEnvironment({ PATH: `${tools}:${process.env.PATH}` });
  for (const { commands } of await found(project)) {
    assert.doesNotMatch(commands.join('\n'), /npx husky|npm run/);
    for (const command of commands) execFileSync('sh', ['-c', command], { cwd: project.directory, env, stdio: 'pipe' });
  }
}

const wiredUp = ['note hook-not-proved'];

test('without any hook tool there is one error for both hooks, and its commands make git run them in every worktree', async (t) => {
  const project = unhusked(t);
  assert.deepEqual(await codes(project), ['error hook-missing']);
  const [finding] = await found(project);
  assert.match(finding?.problem ?? '', /the hooks pre-commit and pre-push, and they are not in \.githooks/);
  assert.match(finding?.remedy ?? '', /or write "hooks" without them in runtime-manifest\.json/);
  for (const tree of ['index', 'HEAD']) assert.deepEqual(troubles(await examine(project, tree, ['tracked'])), []);
  await mend(project);
  assert.deepEqual(await codes(project), []);
  project.write({ 'node_modules/.bin/loopbreaker': '#!/bin/sh\necho "called: $*"\nexit 1\n' });
  chmodSync(path.join(project.directory, 'node_modules/.bin/loopbreaker'), 0o755);
  assert.throws(() => project.git('commit', '-q', '-m', 'the hooks'), /called: hook pre-commit/);
  project.git('commit', '-q', '-m', 'the hooks', '--no-verify');
  const linked = repositoryAt(path.join(temporaryDirectory(t), 'linked'));
  project.git('worktree', 'add', '-q', '--detach', linked.directory);
  assert.deepEqual(await codes(linked), []);
});

test('hooks that a person has already are not switched off by what is printed', async (t) => {
  const project = unhusked(t);
  project.write({ '.git/hooks/post-checkout': '#!/bin/sh\ngit lfs post-checkout "$@"\n' });
  chmodSync(path.join(project.directory, '.git/hooks/post-checkout'), 0o755);
  const [finding] = await found(project);
  assert.deepEqual([finding?.code, finding?.commands], ['hook-missing', []]);
  assert.match(
    finding?.remedy ?? '',
    /add "npx loopbreaker hook pre-commit" to \.git\/hooks\/pre-commit and "npx loopbreaker hook pre-push" to/,
  );
  for (const name of ['pre-commit', 'pre-push']) {
    const file = path.join(project.directory, '.git/hooks', name);
    writeFileSync(file, `#!/bin/sh\nnpx loopbreaker hook ${name}\n`, { mode: 0o755 });
  }
  assert.deepEqual(await codes(project), ['note hook-not-proved', 'note hook-not-proved']);
});

test('a tracked folder of hooks is fine where git is pointed at it, and is what git is pointed at where not', async (t) => {
  for (const folder of ['.githooks', '.husky', 'tools/hooks']) {
    const hook = '#!/bin/sh\nexit 0\nnpx loopbreaker hook pre-commit\nnpx loopbreaker hook pre-push\n';
    const project = unhusked(t, { [`${folder}/pre-commit`]: hook, [`${folder}/pre-push`]: hook });
    for (const name of ['pre-commit', 'pre-push']) {
      chmodSync(path.join(project.directory, folder, name), 0o755);
      project.git('update-index', '--chmod=+x', `${folder}/${name}`);
    }
    if (folder === 'tools/hooks') {
      // Nothing but the setting says that hooks are there.
      assert.deepEqual(await codes(project), ['error hook-missing']);
      project.git('config', 'core.hooksPath', folder);
    } else {
      assert.deepEqual(await codes(project), ['error hook-not-installed', 'error hook-not-installed']);
      await mend(project);
      assert.equal(project.git('config', 'core.hooksPath'), folder);
    }
    assert.deepEqual(await codes(project), []);
    chmodSync(path.join(project.directory, folder, 'pre-push'), 0o644);
    assert.deepEqual(await codes(project), ['error hook-not-executable']);
    await mend(project);
    project.git('rm', '-q', '--cached', `${folder}/pre-commit`);
    const told = folder === 'tools/hooks' ? ['error hook-elsewhere'] : ['error path-untracked'];
    assert.deepEqual(await codes(project), told);
    await mend(project);
    assert.deepEqual(await codes(project), []);
    project.git('rm', '-q', '--cached', `${folder}/pre-commit`);
    rmSync(path.join(project.directory, folder, 'pre-commit'));
    assert.equal((await codes(project)).at(-1), 'error hook-missing');
  }
});

test('a commit that takes the hooks of a folder away is refused, although nobody else would notice', async (t) => {
  for (const folder of ['.githooks', '.husky']) {
    const project = unhusked(t, { [`${folder}/pre-commit`]: 'exit 0\n', [`${folder}/pre-push`]: 'exit 0\n' });
    project.git('rm', '-q', `${folder}/pre-push`);
    const gone = `tracked: path-missing ${folder}/pre-push`;
    assert.deepEqual(troubles(await examine(project, 'index', ['tracked'])), [gone]);
    project.git('rm', '-q', `${folder}/pre-commit`);
    const both = [`tracked: path-missing ${folder}/pre-commit`, gone];
    assert.deepEqual(troubles(await examine(project, 'index', ['tracked'])), both);
  }
});

for (const [tool, files] of Object.entries(callingConfigs)) {
  test(`hooks of ${tool} are installed by its own command and then are a note; it is never run by the doctor`, async (t) => {
    const project = unhusked(t, files);
    const tools = withHookTools(project);
    assert.deepEqual(await codes(project), ['error hook-not-installed']);
    await mend(project, tools);
    const notes = tool === 'simple-git-hooks' ? [...wiredUp, ...wiredUp] : wiredUp;
    assert.deepEqual(await codes(project), notes);
    const hook = path.join(project.directory, '.git/hooks/pre-push');
    chmodSync(hook, 0o644);
    assert((await codes(project)).includes('error hook-not-executable'));
    await mend(project);
    writeFileSync(hook, '#!/bin/sh\nexit 0\n');
    assert((await codes(project)).includes('error hook-elsewhere'));
    await mend(project, tools);
    assert.deepEqual(await codes(project), notes);
  });

  test(`a core.hooksPath that leads away from ${tool} is unset before its own command`, async (t) => {
    const project = unhusked(t, files);
    const tools = withHookTools(project);
    mkdirSync(path.join(project.directory, 'nowhere'));
    project.git('config', 'core.hooksPath', 'nowhere');
    assert.deepEqual(await codes(project), ['error hook-not-installed']);
    await mend(project, tools);
    assert.deepEqual(new Set(await codes(project)), new Set(wiredUp));
    const home = path.join(temporaryDirectory(t), 'gitconfig');
    writeFileSync(home, '[core]\n\thooksPath = nowhere\n');
    const [global] = await found(project, { GIT_CONFIG_GLOBAL: home });
    assert.deepEqual([global?.code, global?.commands], ['hook-not-installed', []]);
    assert.match(global?.remedy ?? '', /^unset core\.hooksPath, then /);
  });
}

test('a tool that is there and does not call loopbreaker is one error, with what to write into its own file', async (t) => {
  const husky = /husky/;
  const cases = [
    [
      { 'lefthook.yml': 'pre-commit:\n  commands:\n    lint: { run: npm run lint }\n' },
      'lefthook.yml',
      /let pre-commit run "npx loopbreaker hook pre-commit", and pre-push run .* with use_stdin: true; then lefthook install$/,
    ],
    [
      { '.lefthook.toml': '[pre-commit.commands.lint]\nrun = "npm run lint"\n' },
      '.lefthook.toml',
      /^in \.lefthook\.toml, let/,
    ],
    [
      { '.pre-commit-config.yaml': '# npx loopbreaker hook pre-commit\nrepos: []\n' },
      '.pre-commit-config.yaml',
      /stages: \[pre-push\] and entry: npx loopbreaker doctor --tree HEAD.*then pre-commit install --hook-type pre-commit --hook-type pre-push$/,
    ],
    [
      { 'package.json': JSON.stringify({ 'simple-git-hooks': { 'commit-msg': 'x' } }) },
      'package.json',
      /add "pre-commit": "npx loopbreaker hook pre-commit", .* to "simple-git-hooks"; then npx simple-git-hooks$/,
    ],
  ] as const;
  for (const [files, config, remedy] of cases) {
    const project = unhusked(t, files);
    const [finding, ...more] = await found(project);
    assert.deepEqual([finding?.code, finding?.severity, finding?.path, more], ['hook-not-called', 'error', config, []]);
    assert.match(finding?.remedy ?? '', remedy);
    assert.doesNotMatch(JSON.stringify(finding), husky);
  }
});

test('a pre-push that gets an empty stdin from its tool checks nothing, which is an error', async (t) => {
  const { 'lefthook.yml': text } = callingConfigs.lefthook;
  const project = unhusked(t, { 'lefthook.yml': text.replace('      use_stdin: true\n', '') });
  withHookTools(project);
  assert.deepEqual(await codes(project), ['error hook-not-installed', 'error hook-not-called']);
  const finding = (await found(project)).at(-1);
  assert.match(`${finding?.problem} ${finding?.remedy}`, /an empty stdin.* in lefthook\.yml, give it use_stdin: true/);
});

test('a configuration that is not tracked is found as such, and a tool that is switched off as well', async (t) => {
  const project = unhusked(t);
  const tools = withHookTools(project);
  project.write(callingConfigs.lefthook);
  execFileSync('lefthook', ['install'], {
    cwd: project.directory,
    env: cleanEnvironment({ PATH: `${tools}:${process.env.PATH}` }),
  });
  assert.deepEqual(await codes(project), ['error path-untracked', ...wiredUp]);
  await mend(project);
  assert.deepEqual(await codes(project), wiredUp);
  assert.deepEqual(await codes(project, { LEFTHOOK: '0' }), [...wiredUp, 'error hook-disabled']);
  assert.deepEqual(await codes(project, { HUSKY: '0' }), wiredUp, 'husky is not here');
});

test('simple-git-hooks that were made from an older package.json are stale, and made anew by its own command', async (t) => {
  const project = unhusked(t, callingConfigs['simple-git-hooks']);
  const tools = withHookTools(project);
  await mend(project, tools);
  const hook = path.join(project.directory, '.git/hooks/pre-commit');
  writeFileSync(hook, readFileSync(hook, 'utf8').replace('npx loopbreaker hook pre-commit', 'npm run lint'));
  assert((await codes(project)).includes('error hook-stale'));
  await mend(project, tools);
  assert.deepEqual(new Set(await codes(project)), new Set(wiredUp));
});

test('husky in a folder below the root fires as one in the root does, and is installed anew by its own package', async (t) => {
  const husky = path.resolve(import.meta.dirname, '../node_modules/husky');
  const project = unhusked(t, {
    'app/.husky/pre-commit': 'npx loopbreaker hook pre-commit\n',
    'app/.husky/pre-push': 'npx loopbreaker hook pre-push\n',
    'app/package.json': JSON.stringify({ scripts: { prepare: `cd .. && node ${husky}/bin.js app/.husky` } }),
  });
  execFileSync('npm', ['--prefix', 'app', '-s', 'run', 'prepare'], { cwd: project.directory, env: cleanEnvironment() });
  assert.deepEqual(await codes(project), []);
  writeFileSync(path.join(project.directory, 'app/.husky/_/h'), 'exit 0\n');
  const [finding] = await found(project);
  assert.deepEqual([finding?.code, finding?.commands], ['hook-stale', ['npm --prefix app run prepare']]);
  for (const command of finding?.commands ?? []) {
    execFileSync('sh', ['-c', command], { cwd: project.directory, env: cleanEnvironment(), stdio: 'pipe' });
  }
  assert.deepEqual(await codes(project), []);
  assert.equal(existsSync(path.join(project.directory, '.husky')), false);
});

test("hooks in git's own configuration that call loopbreaker are a way from git 2.54 on, and are not told to be unset", async (t) => {
  const project = unhusked(t);
  for (const name of ['pre-commit', 'pre-push']) {
    project.git('config', `hook.our-${name}.event`, name);
    project.git('config', `hook.our-${name}.command`, `npx loopbreaker hook ${name}`);
  }
  const [, major, minor] = /(\d+)\.(\d+)/.exec(project.git('version')) ?? [];
  const knows = Number(major) > 2 || Number(minor) >= 54;
  assert.deepEqual(await codes(project), knows ? [...wiredUp, ...wiredUp] : ['error hook-missing']);
  assert.deepEqual(troubles(await examine(project, 'worktree', ['repository'])), []);
});

test('a text calls loopbreaker when it says so outside of remarks, for that very hook', () => {
  const none = new Map<string, string>();
  const scripts = new Map([['guard', 'node --import tsx scripts/cli.ts hook pre-commit']]);
  const calling = [
    'npx loopbreaker hook pre-commit',
    'node --import tsx scripts/cli.ts hook pre-commit || exit',
    'node scripts/hook.ts pre-commit',
    'command: ["npx", "loopbreaker", "hook", "pre-commit"]',
    'npx loopbreaker doctor --tree index',
  ];
  const silent = [
    '# npx loopbreaker hook pre-commit',
    'npx loopbreaker hook pre-push',
    'npx loopbreaker hook pre-commit-msg',
    'git hook run pre-commit',
    'npx loopbreaker doctor',
    'npx loopbreaker doctor --tree worktree',
    'npm run guard',
  ];
  for (const text of calling) assert.equal(callsHook(text, 'pre-commit', none), true, text);
  for (const text of silent) assert.equal(callsHook(text, 'pre-commit', none), false, text);
  for (const text of ['npm run guard', 'npm run -s guard', 'yarn guard', 'pnpm guard']) {
    assert.equal(callsHook(text, 'pre-commit', scripts), true, text);
  }
  assert.equal(callsHook('npx loopbreaker doctor --tree HEAD', 'pre-push', none), true);
  assert.equal(callsHook('npx loopbreaker doctor --tree index', 'pre-push', none), false);
});
