import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { traced } from '../scripts/effects/traced.ts';
import type { TreeEntry } from '../scripts/effects/tree.ts';
import { builtCli } from './helpers/built-program.ts';
import { makeProject, manifestWith, projectManifest } from './helpers/project.ts';
import { cleanEnvironment, type Repository, temporaryDirectory } from './helpers/repository.ts';

const home = fileURLToPath(new URL('..', import.meta.url));
/** What Node is to run. */
const ours = [await builtCli()];

interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
  /** Whether the doctor was asked: it then writes down what it learnt of the sources. */
  readonly examined: boolean;
}

/** The pre-commit hook on what is staged. */
function hook({ directory }: Repository, program: readonly string[] = ours): Ended {
  const memory = path.join(directory, '.git/loopbreaker/cache/doctor');
  rmSync(memory, { force: true });
  const argv = [...program, 'hook', 'pre-commit'];
  const ended = spawnSync(process.execPath, argv, { cwd: directory, env: cleanEnvironment(), encoding: 'utf8' });
  return { exitCode: ended.status, output: ended.stderr.replace(/\s+/g, ' '), examined: existsSync(memory) };
}

function fit(project: Repository, examined: boolean, program = ours): void {
  const end = hook(project, program);
  assert.deepEqual([end.exitCode, end.examined], [0, examined], end.output);
}

interface Change {
  readonly what: string;
  /** Over those of the project. */
  readonly files?: Readonly<Record<string, string>>;
  /** What is put on disk and staged. */
  readonly written?: Readonly<Record<string, string>>;
  /** What else is done, to the index alone. */
  readonly git?: readonly (readonly string[])[];
  readonly finding: RegExp;
}

const byTsx = { entryPoints: [{ path: 'scripts/main.ts', runner: ['node', '--import', 'tsx'] }] };
const executed = { entryPoints: [{ path: 'scripts/main.js', runner: [] }] };

/** A blob of that text, for `update-index --cacheinfo`. */
function blobOf(project: Repository, text: string): string {
  writeFileSync(path.join(project.directory, '.git/text'), text);
  return project.git('hash-object', '-w', '.git/text').trim();
}

const changes: readonly Change[] = [
  {
    what: 'an import more in a file that is imported',
    written: { 'scripts/core/two.js': "import './lost.js';\nexport const two = 2;\n" },
    finding: /scripts\/core\/lost\.js/,
  },
  {
    what: 'another import in place of one',
    written: { 'scripts/core/one.js': "export { two } from './twu.js';\n" },
    finding: /scripts\/core\/twu\.js/,
  },
  {
    what: 'an error of syntax in a file that is imported',
    written: { 'scripts/core/two.js': 'export const two = ;\n' },
    finding: /scripts\/core\/two\.js:1 is not a program/,
  },
  {
    what: 'a new file that is found before the one that was meant',
    files: {
      'runtime-manifest.json': manifestWith(byTsx),
      'scripts/main.ts': "import './core/one.js';\n",
      'docs/old.md': 'one\n',
    },
    written: { 'scripts/core/one.ts': "import './lost.ts';\n" },
    // As many files as before.
    git: [['rm', '-q', '--cached', 'docs/old.md']],
    finding: /scripts\/core\/lost\.ts/,
  },
  {
    what: 'an import that is gone with its file, where another file still needs that',
    files: { 'scripts/core/one.js': "import './three.js';\n", 'scripts/core/three.js': "import './two.js';\n" },
    git: [['rm', '-q', '--cached', 'scripts/core/two.js']],
    finding: /scripts\/core\/two\.js is on disk but not in the index/,
  },
  {
    what: 'a package script',
    written: { 'package.json': JSON.stringify({ type: 'module', scripts: { start: 'node scripts/lost.js' } }) },
    finding: /scripts\/lost\.js/,
  },
  {
    what: 'a hook that runs another file',
    files: { '.husky/commit-msg': 'node scripts/main.js\n' },
    written: { '.husky/commit-msg': 'node scripts/lost.js\n' },
    finding: /scripts\/lost\.js/,
  },
  {
    what: 'the manifest',
    written: { 'runtime-manifest.json': manifestWith({ files: ['lost.md'] }) },
    finding: /lost\.md/,
  },
  {
    what: 'a policy',
    written: { 'policy/breaker.json': '{ "probeLeaseSeconds": "soon" }' },
    finding: /policy\/breaker\.json:1/,
  },
  {
    what: 'a schema of the user',
    files: {
      'runtime-manifest.json': manifestWith({
        policies: [...projectManifest.policies, { path: 'mine.json', schema: 'mine.schema.json' }],
      }),
      'mine.json': '{ "a": "x" }',
      'mine.schema.json': '{ "type": "object" }',
    },
    written: { 'mine.schema.json': '{ "type": "object", "properties": { "a": { "type": "number" } } }' },
    finding: /mine\.json:1/,
  },
  {
    what: 'a mapping of paths',
    files: {
      'runtime-manifest.json': manifestWith(byTsx),
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./scripts/*"] } } }',
      'scripts/main.ts': "import '@/core/one.js';\n",
    },
    written: { 'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./script/*"] } } }' },
    finding: /script\/core\/one\.js/,
  },
  {
    what: 'an execute bit',
    files: { 'runtime-manifest.json': manifestWith(executed) },
    git: [['update-index', '--chmod=-x', 'scripts/main.js']],
    finding: /scripts\/main\.js is run without a runner, but git holds it without the execute bit/,
  },
];

for (const { what, files, written, git = [], finding } of changes) {
  test(`a commit like the one that was found fit is examined all the same when this changes: ${what}`, (t) => {
    const project = makeProject(t, files);
    project.git('update-index', '--chmod=+x', 'scripts/main.js');
    fit(project, true);
    fit(project, false);
    if (written !== undefined) {
      project.write(written);
      project.git('add', ...Object.keys(written));
    }
    for (const args of git) project.git(...args);
    // Also on disk alone, nothing that is not staged counts.
    for (let round = 0; round < 2; round += 1) {
      const end = hook(project);
      assert.deepEqual([end.exitCode, end.examined], [1, true], end.output);
      assert.match(end.output, finding);
    }
  });
}

test('what no check looks at may change: other files, and in a source everything but its imports', (t) => {
  const project = makeProject(t, { 'README.md': 'one\n' });
  fit(project, true);
  const texts = {
    'README.md': 'two\n',
    'scripts/core/two.js': 'export const two = 4;\n',
    'PROMPT.md': 'Do it well.\n',
  };
  for (const [file, text] of Object.entries(texts)) {
    project.write({ [file]: text });
    project.git('add', file);
    fit(project, false);
  }
  project.write({ 'docs/new.md': 'three\n' });
  project.git('add', '-A');
  assert.equal(hook(project).examined, true, 'a new path may be what some check looks for');
});

test('the staged text counts, whatever disk holds: a good file on disk does not hide a bad one in the index', (t) => {
  const project = makeProject(t);
  fit(project, true);
  const blob = blobOf(project, "import './lost.js';\nexport const two = 2;\n");
  project.git('update-index', '--cacheinfo', `100644,${blob},scripts/core/two.js`);
  assert.match(hook(project).output, /scripts\/core\/lost\.js/);
});

test('a file that becomes a symbolic link, and a link that leads elsewhere, are examined', (t) => {
  const project = makeProject(t, { 'scripts/core/three.js': 'export const two = 3;\n' });
  fit(project, true);
  const link = (target: string): void => {
    project.git('update-index', '--cacheinfo', `120000,${blobOf(project, target)},scripts/core/two.js`);
  };
  link('three.js');
  fit(project, true);
  fit(project, false);
  link('lost.js');
  assert.match(hook(project).output, /scripts\/core\/lost\.js/);
  const same = project.git('rev-parse', ':scripts/main.js').trim();
  project.git('update-index', '--cacheinfo', `120000,${same},scripts/main.js`);
  assert.match(hook(project).output, /scripts\/main\.js is a symbolic link/);
});

test('what git was asked for is never remembered: a rule of .gitignore that excused a missing file', (t) => {
  const fields = {
    type: 'module',
    scripts: { start: 'node scripts/main.js' },
    imports: { '#built': './dist/built.js' },
  };
  const project = makeProject(t, {
    'package.json': JSON.stringify(fields),
    '.gitignore': 'dist\n',
    'scripts/core/two.js': "import '#built';\nexport const two = 2;\n",
  });
  fit(project, true);
  fit(project, true);
  project.write({ '.gitignore': 'build\n' });
  const end = hook(project);
  assert.equal(end.exitCode, 1, end.output);
  assert.match(end.output, /dist\/built\.js/);
});

test('another program is another doctor: what one of them found fit is examined by the next', (t) => {
  const program = temporaryDirectory(t);
  for (const name of ['scripts', 'policy', 'package.json', 'tsconfig.json']) {
    cpSync(path.join(home, name), path.join(program, name), { recursive: true, preserveTimestamps: true });
  }
  symlinkSync(path.join(home, 'node_modules'), path.join(program, 'node_modules'));
  const project = makeProject(t);
  const argv = ['--import', import.meta.resolve('tsx'), path.join(program, 'scripts/cli.ts')];
  fit(project, true, argv);
  fit(project, false, argv);
  const file = path.join(program, 'scripts/checks/tracked.ts');
  const text = readFileSync(file, 'utf8');
  const stricter = text.replace('if (runner.length > 0) return [];', '');
  assert.notEqual(stricter, text);
  writeFileSync(file, stricter);
  assert.match(hook(project, argv).output, /without the execute bit/);
});

test('a memory that is torn or not of the known form is no memory', (t) => {
  const project = makeProject(t);
  const file = path.join(project.directory, '.git/loopbreaker/cache/green');
  fit(project, true);
  const whole = readFileSync(file, 'utf8');
  for (const broken of ['', whole.slice(0, -4), whole.replace('10 files', '99 files')]) {
    writeFileSync(file, broken);
    fit(project, true);
    assert.equal(readFileSync(file, 'utf8'), whole);
  }
  fit(project, false);
});

test('a trace is whole as long as it says everything: the name of a blob, or a file that does not parse, it does not say', async () => {
  const entry: TreeEntry = { mode: '100644', sha: 'a'.repeat(40), state: 'plain' };
  const entries = new Map([['a.js', entry]]);
  const open = (errors: readonly { readonly message: string; readonly line: number }[] = []) => {
    const read = () => Promise.resolve('text');
    const tree = { kind: 'index', name: 'index', population: '1 file', entries, has: () => true, read } as const;
    return traced(tree, () => Promise.resolve({ imports: [], errors }));
  };
  const whole = open();
  await whole.tree.read('a.js');
  await whole.scanModule('b.js');
  assert.deepEqual([...whole.tree.entries.keys(), whole.tree.entries.get('a.js')?.mode], ['a.js', '100644']);
  assert.deepEqual([[...whole.trace.texts], [...whole.trace.scans.keys()]], [['a.js'], ['b.js']]);
  assert.equal(whole.trace.isWhole(), true);
  const named: readonly ((map: ReadonlyMap<string, TreeEntry>) => unknown)[] = [
    (map) => map.get('a.js')?.sha,
    (map) => [...map].map(([, { sha }]) => sha),
    (map) => [...map.values()].map(({ sha }) => sha),
    (map) => map.forEach(({ sha }) => void sha),
  ];
  for (const ask of named) {
    const { tree, trace } = open();
    ask(tree.entries);
    assert.equal(trace.isWhole(), false, String(ask));
  }
  const broken = open([{ message: 'this and that', line: 1 }]);
  await broken.scanModule('a.js');
  assert.equal(broken.trace.isWhole(), false);
});
