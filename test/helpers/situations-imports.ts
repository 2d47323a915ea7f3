/** Situations of what entry points and package scripts need, and of files that git does not hold. */
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { manifestWith } from './project.ts';
import type { Repository } from './repository.ts';
import { beforeCommit, everywhere, onDisk, quickChecks, type Situation } from './situations.ts';

const importing = (specifier: string) => ({ 'scripts/main.js': `import './core/one.js';\nimport '${specifier}';\n` });
const script = (line: string) => ({
  'package.json': JSON.stringify({ type: 'module', scripts: { start: 'node scripts/main.js', other: line } }),
});

/** The side branch imports a file that the main branch deletes; git merges that without a conflict (fact 44). */
function cleanMerge(project: Repository): undefined {
  project.write({ 'scripts/spare.js': 'export {};\n' });
  project.commit();
  project.git('checkout', '-q', '-b', 'side');
  project.write(importing('./spare.js'));
  project.commit();
  project.git('checkout', '-q', 'main');
  project.git('rm', '-q', 'scripts/spare.js');
  project.commit();
  project.git('merge', '-q', '--no-edit', 'side');
  return undefined;
}

/** All of them. */
export const importSituations: readonly Situation[] = [
  {
    name: 'an imported file was never added',
    files: importing('./new.js'),
    make: (project) => void project.write({ 'scripts/new.js': '' }),
    expected: {
      worktree: ['closure: path-untracked scripts/new.js', 'untracked: untracked-in-use scripts/new.js'],
      index: ['closure: path-untracked scripts/new.js'],
      head: ['closure: path-untracked scripts/new.js'],
    },
  },
  {
    name: 'an imported file is ignored',
    files: { ...importing('./new.js'), '.gitignore': 'new.js\n' },
    make: (project) => void project.write({ 'scripts/new.js': '' }),
    expected: everywhere('closure: path-ignored scripts/new.js'),
  },
  {
    name: 'an imported file was deleted by an earlier commit',
    make: (project) => {
      project.git('rm', '-q', 'scripts/core/two.js');
      project.commit();
      return undefined;
    },
    expected: everywhere('closure: path-deleted-in-commit scripts/core/two.js'),
  },
  {
    name: 'an import is spelt with other capitals than the file',
    files: importing('./core/Two.js'),
    expected: everywhere('closure: path-other-case scripts/core/Two.js'),
  },
  {
    name: 'a file deep in the imports is taken out of the index',
    make: (project) => void project.git('rm', '-q', '--cached', 'scripts/core/two.js'),
    expected: {
      worktree: ['closure: path-untracked scripts/core/two.js', 'untracked: untracked-in-use scripts/core/two.js'],
      index: ['closure: path-untracked scripts/core/two.js'],
      head: [],
    },
  },
  {
    name: 'a file deep in the imports is announced with git add -N',
    files: importing('./new.js'),
    make: (project) => {
      project.write({ 'scripts/new.js': '' });
      project.git('add', '-N', 'scripts/new.js');
      return undefined;
    },
    expected: {
      ...beforeCommit('closure: path-intent-to-add scripts/new.js'),
      head: ['closure: path-untracked scripts/new.js'],
    },
  },
  {
    name: 'an imported file does not parse, in a commit',
    files: { 'scripts/core/two.js': 'export const two = ;\n' },
    expected: everywhere('closure: file-does-not-parse scripts/core/two.js'),
  },
  {
    name: 'an imported file does not parse on disk only',
    make: (project) => void project.write({ 'scripts/core/two.js': 'export const two = ;\n' }),
    expected: onDisk('closure: file-does-not-parse scripts/core/two.js'),
  },
  {
    name: 'what is staged does not parse and what is on disk does',
    make: (project) => {
      project.write({ 'scripts/core/two.js': 'export const two = ;\n' });
      project.git('add', '-A');
      project.write({ 'scripts/core/two.js': 'export const two = 2;\n' });
      return undefined;
    },
    expected: { worktree: [], index: ['closure: file-does-not-parse scripts/core/two.js'], head: [] },
  },
  {
    name: 'a merge without a conflict leaves an import of a deleted file',
    make: cleanMerge,
    expected: everywhere('closure: path-deleted-in-commit scripts/spare.js'),
  },
  {
    name: 'a merge commit itself drops an imported file that both sides have',
    make: (project) => {
      project.git('checkout', '-q', '-b', 'side');
      project.write({ 'one.md': 'x' });
      project.commit();
      project.git('checkout', '-q', 'main');
      project.write({ 'two.md': 'x' });
      project.commit();
      project.git('merge', '-q', '--no-commit', 'side');
      project.git('rm', '-q', 'scripts/core/two.js');
      project.commit('an evil merge');
      return undefined;
    },
    expected: everywhere('closure: path-deleted-in-commit scripts/core/two.js'),
  },
  {
    name: 'an imported file is a tracked link to another file of the tree',
    files: importing('./link.js'),
    make: (project) => {
      symlinkSync('core/two.js', path.join(project.directory, 'scripts/link.js'));
      project.commit();
      return undefined;
    },
    expected: everywhere(),
  },
  {
    name: 'a sparse checkout leaves out what is imported',
    make: (project) => {
      project.git('sparse-checkout', 'set', '--no-cone', '/*', '!/scripts/core/');
      return undefined;
    },
    expected: onDisk('closure: path-skip-worktree scripts/core/one.js'),
  },
  {
    name: 'a sparse checkout leaves out what nobody needs',
    files: { 'docs/a.md': 'x' },
    make: (project) => {
      project.git('sparse-checkout', 'set', '--no-cone', '/*', '!/docs/');
      return undefined;
    },
    expected: everywhere(),
  },
  {
    name: 'an untracked file lies among the programs',
    make: (project) => void project.write({ 'scripts/left-over.js': '' }),
    expected: onDisk('untracked: untracked-in-runtime-directory scripts/left-over.js'),
  },
  {
    name: 'a tracked program that is no entry point imports an untracked file',
    files: { 'scripts/tool.js': "import './helper.js';\n" },
    make: (project) => void project.write({ 'scripts/helper.js': '' }),
    expected: onDisk('untracked: untracked-in-use scripts/helper.js'),
  },
  {
    name: 'an ignored file lies among the programs and nobody needs it',
    files: { '.gitignore': '*.tmp\n' },
    make: (project) => void project.write({ 'scripts/x.tmp': '' }),
    expected: everywhere(),
  },
  {
    name: 'the entry point itself is taken out of the index',
    make: (project) => void project.git('rm', '-q', '--cached', 'scripts/main.js'),
    expected: {
      worktree: [
        'tracked: path-untracked scripts/main.js',
        'script-targets: path-untracked scripts/main.js',
        'untracked: untracked-in-runtime-directory scripts/main.js',
      ],
      index: ['tracked: path-untracked scripts/main.js', 'script-targets: path-untracked scripts/main.js'],
      head: [],
    },
  },
  {
    name: 'a package script runs a file that was deleted by an earlier commit',
    files: { ...script('node tools/old.js'), 'tools/old.js': '' },
    make: (project) => {
      project.git('rm', '-q', 'tools/old.js');
      project.commit();
      return undefined;
    },
    expected: everywhere('script-targets: path-deleted-in-commit tools/old.js'),
  },
  {
    name: 'a package script runs a file that was never added',
    files: script('node tools/new.js'),
    make: (project) => void project.write({ 'tools/new.js': '' }),
    expected: everywhere('script-targets: path-untracked tools/new.js'),
  },
  {
    name: 'a package script runs an ignored build output',
    files: { ...script('node dist/cli.js'), '.gitignore': 'dist/\n' },
    expected: everywhere(),
  },
  {
    name: 'a package script runs what the manifest says is generated',
    files: {
      ...script('node out/cli.js'),
      'runtime-manifest.json': manifestWith({ generated: [{ path: 'out/**', by: 'npm run build' }] }),
    },
    expected: everywhere(),
  },
  {
    name: 'an entry point imports a package that is not installed',
    files: importing('no-such-package'),
    only: [...quickChecks, 'links'],
    expected: onDisk('links: link-missing-package scripts/main.js'),
  },
];
