import assert from 'node:assert/strict';
import { test } from 'node:test';
import { subjectOf } from '../scripts/core/doctor.ts';
import { makeProject, projectFiles } from './helpers/project.ts';
import type { Repository } from './helpers/repository.ts';
import { findings, scripts } from './helpers/script-findings.ts';

/** `severity code path` of each finding, and what nothing is claimed about. */
async function verdicts(repository: Repository): Promise<readonly string[]> {
  return (await findings(repository)).map((one) => {
    const isNote = one.code === 'script-target-unknowable';
    return isNote
      ? `unknowable${one.problem.replace(/^.*? about|"\w+" |, which may be built|\.$/g, '')}`
      : `${one.severity} ${one.code} ${subjectOf(one)}`;
  });
}

test('copying into a folder that git holds makes what the copied folder has, and nothing else of it', async (t) => {
  const commands = {
    copy: 'mkdir -p scripts && cp -r templates/one scripts && cp assets/*.js scripts/ && cp -r built/* scripts/deep',
    a: 'node scripts/one/a.js',
    b: 'node scripts/b.js',
    c: 'node scripts/c.js',
    d: 'node scripts/deep/d.js',
    e: 'node fresh/e.js',
    fresh: 'cp -r templates/one fresh',
  };
  const files = { 'templates/one/a.js': '', 'assets/b.js': '', 'scripts/deep/x.js': '' };
  assert.deepEqual(await verdicts(makeProject(t, { 'package.json': scripts(commands), ...files })), [
    'note script-target-built scripts/one/a.js',
    'note script-target-built scripts/b.js',
    'error path-missing scripts/c.js',
    'note script-target-built scripts/deep/d.js',
    'note script-target-built fresh/e.js',
  ]);
});

test('what a package offers and git lacks makes nothing built in a folder where git holds programs', async (t) => {
  const commands = { a: 'node src/other.js', b: 'node src/index.js', c: 'node made/x.js', d: 'node index.js' };
  const more = { main: 'src/index.js', module: 'made/main.js', bin: './index.js' };
  const project = makeProject(t, { 'package.json': scripts(commands, more), 'src/a.js': '' });
  assert.deepEqual(await verdicts(project), [
    'error path-missing src/other.js',
    'error path-missing src/index.js',
    'note script-target-built made/x.js',
    'error path-missing index.js',
  ]);
});

test('in lib, bin, build and public a missing program is an error where git holds others, and not claimed where it holds none', async (t) => {
  const commands = {
    a: 'node lib/a.js',
    b: 'node bin/b.js',
    c: 'node public/c.js',
    d: 'node packages/x/lib/d.js',
    e: 'node build/e.js',
    f: 'node a/build/f.js',
  };
  const files = {
    'lib/other.js': '',
    'build/webpack.config.js': '',
    'public/index.html': '',
    'packages/x/lib/a.d.ts': '',
  };
  const project = makeProject(t, { 'package.json': scripts(commands), ...files });
  assert.deepEqual(await verdicts(project), [
    'error path-missing lib/a.js',
    'error path-missing build/e.js',
    'unknowable (bin/b.js); (public/c.js); (packages/x/lib/d.js); (a/build/f.js)',
  ]);
});

test('a program that a rule hides in a folder of scripts was never committed, unless something makes it', async (t) => {
  const commands = {
    a: 'node tools/a.js',
    b: 'node dev/b.mjs',
    c: 'node test/bundle.js',
    d: 'node e2e/dist/d.js',
    e: 'node tasks/e.js',
    f: 'node tasks/f.js',
    g: 'node other/g.js',
    h: 'node test/made/h.js',
    i: 'node test/i.min.js',
    j: 'node private/tools/j.js',
    build: 'esbuild src/f.ts --outfile=tasks/f.js',
  };
  const project = makeProject(t, {
    '.gitignore': 'tools/*\ndev/\n/test/bundle.js\ndist\n/tasks/*.js\nother/\nmade\n*.min.js\n/private/**\n',
    'package.json': scripts(commands),
    'tasks/e.ts': '',
    'src/f.ts': '',
  });
  project.git('add', '-f', ...Object.keys(projectFiles));
  assert.deepEqual(await verdicts(project), [
    'error path-ignored tools/a.js',
    'error path-ignored dev/b.mjs',
    'note script-target-built test/bundle.js',
    'note script-target-built e2e/dist/d.js',
    'note script-target-built tasks/e.js',
    'note script-target-built tasks/f.js',
    'note script-target-built other/g.js',
    'note script-target-built test/made/h.js',
    'note script-target-built test/i.min.js',
    'error path-ignored private/tools/j.js',
  ]);
});
