import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeProject, projectFiles } from './helpers/project.ts';
import { findings, scripts, verdicts } from './helpers/script-findings.ts';

const text = Array.from({ length: 30 }, (_, line) => `export const a${line} = ${line};\n`).join('');

const compiled = {
  build: 'tsc -p .',
  start: 'node dist/server.js',
  work: 'node dist/worker.js',
  mail: 'node dist/jobs/mail',
  seed: 'node dist/scripts/seed.js',
  other: 'node dist/other.js',
};

const sources = {
  '.gitignore': 'dist\n',
  'tsconfig.json': '{ "compilerOptions": { "outDir": "dist" } }',
  'src/server.ts': 'server',
  'src/worker.ts': 'worker',
  'src/jobs/mail.ts': 'mail',
  'src/scripts/seed.ts': text,
  'src/other.ts': 'other',
};

test('what tsc cannot compile any more, because its source is gone, is dead, and no build output', async (t) => {
  const project = makeProject(t, { 'package.json': scripts(compiled), ...sources });
  const notes = ['server.js', 'worker.js', 'jobs/mail', 'scripts/seed.js', 'other.js'];
  assert.deepEqual(
    await verdicts(project),
    notes.map((file) => `note script-target-built dist/${file}`),
  );
  project.git('rm', '-q', 'src/worker.ts', 'src/jobs/mail.ts');
  project.write({ 'src/db/x': '', 'app/other.ts': 'else' });
  project.git('mv', 'src/scripts/seed.ts', 'src/db/fill.ts');
  // A source of the name in another folder may be what is compiled now.
  project.git('rm', '-q', 'src/other.ts');
  const expected = [
    'note script-target-built dist/server.js',
    'error path-deleted-in-commit dist/worker.js',
    'error path-deleted-in-commit dist/jobs/mail',
    'error script-target-moved dist/scripts/seed.js',
    'note script-target-built dist/other.js',
  ];
  project.git('add', '-A');
  assert.deepEqual(await verdicts(project, 'index'), expected);
  const [, staged] = await findings(project, 'index');
  assert.deepEqual(staged?.commands.slice(0, 1), ['git checkout HEAD -- src/worker.ts']);
  project.commit();
  assert.deepEqual(await verdicts(project), expected);
  const [, worker, , seed] = await findings(project);
  assert.match(worker?.problem ?? '', /^dist\/worker\.js is compiled from src\/worker\.ts, which was deleted in /);
  assert.match(seed?.problem ?? '', /which was moved to src\/db\/fill\.ts in /);
  // The command gives the source back, and what it is compiled to with it.
  project.git(...(worker?.commands[0] ?? '').split(' ').slice(1));
  assert.equal((await verdicts(project, 'index'))[1], 'note script-target-built dist/worker.js');
});

test('of what a bundler makes, a source that is gone says nothing', async (t) => {
  const bundled = { ...compiled, build: 'node build.js', types: 'tsc --noEmit', decl: 'tsc --emitDeclarationOnly' };
  const project = makeProject(t, { 'package.json': scripts(bundled), 'build.js': '', ...sources });
  project.git('rm', '-q', 'src/worker.ts');
  project.commit();
  assert.equal((await verdicts(project)).includes('note script-target-built dist/worker.js'), true);
});

test('an ignored program in the middle of sources is dead when the source beside it is gone', async (t) => {
  const commands = { a: 'node ts/tools/a.js', b: 'node ts/tools/b.js', c: 'node entry.js', d: 'node ts/tools/d.js' };
  const files = { 'ts/tools/a.ts': 'a', 'ts/tools/b.ts': text, 'entry.ts': 'm', 'ts/tools/d.ts': 'd' };
  const project = makeProject(t, { 'package.json': scripts(commands), ...files });
  project.git('rm', '-q', 'ts/tools/a.ts', 'entry.ts');
  project.git('mv', 'ts/tools/b.ts', 'ts/tools/c.ts');
  project.write({ '.gitignore': 'ts/**/*.js\n/entry.js\n' });
  project.git('add', '-f', ...Object.keys(projectFiles), '.gitignore');
  project.commit();
  assert.deepEqual(await verdicts(project), [
    'error path-deleted-in-commit ts/tools/a.js',
    'error script-target-moved ts/tools/b.js',
    'note script-target-built entry.js',
    'note script-target-built ts/tools/d.js',
  ]);
});

test('a target that nobody added to git yet is told as that, whichever tree is graded', async (t) => {
  const project = makeProject(t, { 'package.json': scripts({ a: 'node tools/a.js' }) });
  project.write({ 'tools/a.js': '' });
  const [worktree] = await findings(project, 'worktree');
  const [index] = await findings(project, 'index');
  assert.match(worktree?.problem ?? '', /^tools\/a\.js is on disk but not in git; /);
  assert.match(index?.problem ?? '', /^tools\/a\.js is on disk but not in the index; /);
});
