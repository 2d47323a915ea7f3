/** What the hook file does on machines whose Node is too old or does not run, and where Yarn has no node_modules. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hookFileText } from '../scripts/core/hook-file.ts';
import { cleanEnvironment, makeRepository, type Repository, temporaryDirectory } from './helpers/repository.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** The hook file finds these on any PATH. */
const isInstalledForAll = ['/usr/local/bin/node', '/opt/homebrew/bin/node'].some((file) => existsSync(file));
const program = 'node_modules/loopbreaker/bin/loopbreaker.js';

interface Owner {
  after(dispose: () => void): void;
}

/** A repository with the real first file of the program, which goes on to one that says what it is given. */
function makeHooked(t: Owner): Repository {
  const home = path.dirname(path.dirname(program));
  return makeRepository(t, {
    files: {
      '.husky/loopbreaker': hookFileText({ programs: [program], install: 'npm ci' }),
      [program]: readFileSync(path.join(root, 'bin/loopbreaker.js'), 'utf8'),
      [`${home}/bin/package.json`]: '{ "type": "commonjs" }\n',
      [`${home}/dist/cli.cjs`]:
        'console.log("PROGRAM", ...process.argv.slice(2), process.env.LOOPBREAKER_HOOK_FILE, require("fs").readFileSync(0, "utf8"));\n',
    },
  });
}

/** A node that is as old as it says: a real one that is told so before anything else. */
function makeNode(folder: string, version: string): string {
  mkdirSync(folder, { recursive: true });
  const lie = path.join(folder, 'version.cjs');
  const versions = `{ ...process.versions, node: '${version}' }`;
  writeFileSync(lie, `Object.defineProperty(process, 'versions', { value: ${versions} });\n`);
  const file = path.join(folder, 'node');
  const said = `[ "$1" = -v ] && echo v${version} && exit 0`;
  writeFileSync(file, `#!/bin/sh\n${said}\nexec '${process.execPath}' --require '${lie}' "$@"\n`, { mode: 0o755 });
  return file;
}

/** A folder with what a hook needs besides node. */
function toolsWithoutNode(t: Owner): string {
  const bin = temporaryDirectory(t);
  for (const tool of ['git', 'sh', 'cat']) {
    const found = spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim();
    symlinkSync(found, path.join(bin, tool));
  }
  return bin;
}

function fire({ directory }: Repository, env: Readonly<Record<string, string>>) {
  const argv = ['.husky/loopbreaker', 'pre-push'];
  const ended = spawnSync('sh', argv, { cwd: directory, env: cleanEnvironment(env), input: 'refs', encoding: 'utf8' });
  return { exitCode: ended.status, output: ended.stdout + ended.stderr };
}

test('a node that is too old is passed over for one of PATH or of a version manager, which gets the refs, without a word', (t) => {
  const repository = makeHooked(t);
  const [old, better, home] = [temporaryDirectory(t), temporaryDirectory(t), temporaryDirectory(t)];
  makeNode(old, '18.20.8');
  makeNode(better, '22.1.0');
  const tools = toolsWithoutNode(t);
  const expected = { exitCode: 0, output: 'PROGRAM hook pre-push undefined refs\n' };
  assert.deepEqual(fire(repository, { PATH: `${old}:${better}:${tools}`, HOME: home }), expected);
  makeNode(path.join(home, '.local/share/fnm/node-versions/v20.18.3/installation/bin'), '20.18.3');
  makeNode(path.join(home, '.nvm/versions/node/v20.19.0/bin'), '20.19.0');
  assert.deepEqual(fire(repository, { PATH: `${old}:${tools}`, HOME: home }), expected);
});

test('a node that may have read the refs of a push before it died is not followed by another one: the push is refused', (t) => {
  const repository = makeHooked(t);
  const [old, better] = [temporaryDirectory(t), temporaryDirectory(t)];
  makeNode(better, '22.1.0');
  const file = path.join(old, 'node');
  const env = { PATH: `${old}:${better}:${toolsWithoutNode(t)}`, HOME: temporaryDirectory(t) };
  for (const code of [134, 2, 137]) {
    const end = code === 137 ? 'kill -9 $$' : `exit ${code}`;
    writeFileSync(file, `#!/bin/sh\ncase $1 in -*) exit 1 ;; esac\ncat >/dev/null\n${end}\n`, { mode: 0o755 });
    const { exitCode, output } = fire(repository, env);
    assert.equal(exitCode, 1, output);
    assert.match(output, new RegExp(`the pre-push hook refuses: loopbreaker itself ended with code ${code}\\.`));
    assert.doesNotMatch(output, /PROGRAM/);
  }
});

test('where there is no better node the refusal says which it found, which it needs, and one command of the version manager', {
  skip: isInstalledForAll && 'a node is installed for all here',
}, (t) => {
  const repository = makeHooked(t);
  const [old, home] = [temporaryDirectory(t), temporaryDirectory(t)];
  const file = makeNode(old, '20.18.3');
  const env = { PATH: `${old}:${toolsWithoutNode(t)}`, HOME: home };
  const { exitCode, output } = fire(repository, env);
  assert.equal(exitCode, 1);
  assert.ok(output.includes(`node on PATH (${file}, v20.18.3) is not the 20.19 or newer that it needs`), output);
  assert.match(output, /to mend it: install Node 20\.19 or newer: https:/);
  mkdirSync(path.join(home, '.nvm'));
  writeFileSync(path.join(home, '.nvm/nvm.sh'), 'it is here\n');
  assert.match(fire(repository, env).output, /to mend it: nvm install --lts\n/);
  writeFileSync(file, '#!/bin/sh\necho "No version is set for command node" >&2\nexit 126\n', { mode: 0o755 });
  assert.match(fire(repository, env).output, /node on PATH \(.*, which does not run\) is not the 20\.19/);
});

test('the program itself says that its node is too old, which one it needs, and needs what package.json says', (t) => {
  const folder = temporaryDirectory(t);
  const node = makeNode(folder, '18.20.8');
  const run = (env: Readonly<Record<string, string>>) =>
    spawnSync(node, [path.join(root, 'bin/loopbreaker.js'), 'status'], {
      env: cleanEnvironment(env),
      encoding: 'utf8',
    });
  const { status, stderr } = run({ NVM_DIR: '', VOLTA_HOME: '/volta' });
  assert.equal(status, 78);
  assert.match(
    stderr,
    /^loopbreaker: it cannot start, .*: Node 18\.20\.8 \(.*\) is too old, it needs 20\.19\n.*volta install node\n$/,
  );
  assert.deepEqual(
    run({ LOOPBREAKER_HOOK_FILE: '1' }).stderr,
    '',
    'the hook file says it, once it has looked for another',
  );
  const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  assert.equal(engines.node, '>=20.19');
  assert.match(
    hookFileText({ programs: [program], install: 'npm ci' }),
    /v\[0\] > 20 \|\| \(v\[0\] == 20 && v\[1\] >= 19\)/,
  );
});

test("under Yarn's Plug'n'Play the refusal says so, with the command that gives the hooks a node_modules", (t) => {
  const repository = makeHooked(t);
  repository.remove('node_modules');
  assert.match(fire(repository, {}).output, /loopbreaker is not installed here .*\n {2}to mend it: npm ci\n/);
  repository.write({ '.pnp.cjs': '' });
  const { exitCode, output } = fire(repository, {});
  assert.equal(exitCode, 1);
  assert.match(output, /Plug'n'Play.*\n {2}to mend it: yarn config set nodeLinker node-modules && yarn install\n/);
  const below = "packages/it's my app";
  const text = hookFileText({ programs: [`${below}/${program}`], install: 'npm ci' });
  repository.write({ '.husky/loopbreaker': text, [`${below}/.pnp.cjs`]: '' });
  repository.write({ '.bin/yarn': '#!/bin/sh\necho "yarn $1 in $PWD"\n' });
  chmodSync(path.join(repository.directory, '.bin/yarn'), 0o755);
  const [, command = ''] = /to mend it: (.*)\n/.exec(fire(repository, {}).output) ?? [];
  const env = cleanEnvironment({ PATH: `${repository.directory}/.bin:${process.env.PATH}` });
  const typed = spawnSync('sh', ['-c', command], { cwd: repository.directory, env, encoding: 'utf8' });
  assert.match(typed.stdout, /^yarn config in .*\/packages\/it's my app\nyarn install in .*my app\n$/, command);
});

test('an installed package without its dist/ says so in one sentence, whatever the package.json around it is', (t) => {
  const repository = makeHooked(t);
  const { directory } = repository;
  repository.remove('node_modules/loopbreaker/dist');
  const said = (packageJson: string): string => {
    repository.write({ 'package.json': packageJson });
    const ended = spawnSync(process.execPath, [program, 'status'], { cwd: directory, encoding: 'utf8' });
    assert.equal(ended.status, 78, ended.stderr);
    return ended.stderr;
  };
  const missing = /^loopbreaker: it cannot start, .*cli\.cjs'\n {2}to mend it: cd '.*' && npm ci\n$/;
  assert.match(said('{ "devDependencies": { "loopbreaker": "^1.0.0", '), missing);
  assert.match(said('{ "devDependencies": { "loopbreaker": "https://packages.invalid/loopbreaker.tgz" } }'), missing);
  for (const from of ['github:it/loopbreaker', 'it/loopbreaker#main', 'https://git.invalid/loopbreaker.git'])
    assert.match(said(`{ "devDependencies": { "loopbreaker": "${from}"`), /it was installed from a git URL/, from);
});
