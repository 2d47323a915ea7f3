/** Situations of single files that the manifest names. */
import { manifestWith } from './project.ts';
import type { Repository } from './repository.ts';
import { beforeCommit, everywhere, inCommit, onDisk, type Situation } from './situations.ts';

const naming = (...files: readonly string[]) => ({ 'runtime-manifest.json': manifestWith({ files }) });

/** A merge that stops: main changed PROMPT.md, the other branch did `theirs`. */
export function inConflict(project: Repository, theirs: (project: Repository) => void): undefined {
  project.git('checkout', '-q', '-b', 'side');
  theirs(project);
  project.commit();
  project.git('checkout', '-q', 'main');
  project.write({ 'PROMPT.md': 'ours\n' });
  project.commit();
  try {
    project.git('merge', '-q', 'side');
  } catch {
    return undefined; // A conflict is what is wanted.
  }
  throw new Error('there is no conflict');
}

/** All of them. */
export const fileSituations: readonly Situation[] = [
  { name: 'everything is committed', expected: everywhere() },
  {
    name: 'a needed file was never added',
    files: naming('notes.md'),
    make: (project) => void project.write({ 'notes.md': 'x' }),
    expected: everywhere('tracked: path-untracked notes.md'),
  },
  {
    name: 'a needed file is ignored by .gitignore',
    files: { ...naming('notes.log'), '.gitignore': '*.log\n' },
    make: (project) => void project.write({ 'notes.log': 'x' }),
    expected: everywhere('tracked: path-ignored notes.log'),
  },
  {
    name: 'a needed file is ignored by .git/info/exclude',
    files: naming('notes.log'),
    make: (project) => void project.write({ 'notes.log': 'x', '.git/info/exclude': '/notes.log\n' }),
    expected: everywhere('tracked: path-ignored notes.log'),
  },
  {
    name: 'a needed file is ignored and tracked all the same',
    files: { ...naming('notes.md'), 'notes.md': 'x' },
    make: (project) => {
      project.write({ '.gitignore': '*.md\n' });
      project.commit();
      return undefined;
    },
    expected: everywhere(),
  },
  { name: 'a needed file is nowhere', files: naming('gone.md'), expected: everywhere('tracked: path-missing gone.md') },
  {
    name: 'a needed file is announced with git add -N',
    files: naming('notes.md'),
    make: (project) => {
      project.write({ 'notes.md': 'x' });
      project.git('add', '-N', 'notes.md');
      return undefined;
    },
    expected: { ...beforeCommit('tracked: path-intent-to-add notes.md'), head: ['tracked: path-untracked notes.md'] },
  },
  {
    name: 'an empty needed file is announced with git add -N',
    files: naming('notes.md'),
    make: (project) => {
      project.write({ 'notes.md': '' });
      project.git('add', '-N', 'notes.md');
      return undefined;
    },
    expected: { ...beforeCommit('tracked: path-intent-to-add notes.md'), head: ['tracked: path-untracked notes.md'] },
  },
  {
    name: 'a needed file, and an empty one, are staged and not committed yet',
    files: naming('notes.md', 'empty.md'),
    make: (project) => {
      project.write({ 'notes.md': 'x', 'empty.md': '' });
      project.git('add', 'notes.md', 'empty.md');
      return undefined;
    },
    expected: inCommit('tracked: path-untracked notes.md', 'tracked: path-untracked empty.md'),
  },
  {
    name: 'a needed file was removed from disk',
    make: (project) => void project.remove('PROMPT.md'),
    expected: onDisk('tracked: path-deleted-on-disk PROMPT.md'),
  },
  {
    name: 'the removal of a needed file is staged',
    make: (project) => void project.git('rm', '-q', 'PROMPT.md'),
    expected: beforeCommit('tracked: path-missing PROMPT.md'),
  },
  {
    name: 'a needed file is taken out of the index and left on disk',
    make: (project) => void project.git('rm', '-q', '--cached', 'PROMPT.md'),
    expected: beforeCommit('tracked: path-untracked PROMPT.md'),
  },
  {
    name: 'a needed file was deleted by an earlier commit',
    make: (project) => {
      project.git('rm', '-q', 'PROMPT.md');
      project.commit();
      project.commit('and one more');
      return undefined;
    },
    expected: everywhere('tracked: path-deleted-in-commit PROMPT.md'),
  },
  {
    name: 'a needed file was moved by an earlier commit',
    make: (project) => {
      project.git('mv', 'PROMPT.md', 'docs.md');
      project.commit();
      return undefined;
    },
    expected: everywhere('tracked: path-deleted-in-commit PROMPT.md'),
  },
  {
    name: 'the move of a needed file is staged',
    make: (project) => void project.git('mv', 'PROMPT.md', 'docs.md'),
    expected: beforeCommit('tracked: path-missing PROMPT.md'),
  },
  {
    name: 'a needed file was deleted and has come back',
    make: (project) => {
      project.git('rm', '-q', 'PROMPT.md');
      project.commit();
      project.git('checkout', '-q', 'HEAD^', '--', 'PROMPT.md');
      project.commit();
      return undefined;
    },
    expected: everywhere(),
  },
  {
    name: 'only the case of a needed name was changed, in a commit',
    make: (project) => {
      project.git('mv', 'PROMPT.md', 'Prompt.md');
      project.commit();
      return undefined;
    },
    expected: everywhere('tracked: path-other-case PROMPT.md'),
  },
  {
    name: 'only the case of a needed name was changed, and staged',
    make: (project) => void project.git('mv', 'PROMPT.md', 'Prompt.md'),
    expected: beforeCommit('tracked: path-other-case PROMPT.md'),
  },
  {
    name: 'both sides of a merge have changed a needed file',
    make: (project) => inConflict(project, () => project.write({ 'PROMPT.md': 'theirs\n' })),
    expected: beforeCommit('tracked: path-unmerged PROMPT.md'),
  },
  {
    name: 'one side of a merge has deleted a needed file',
    make: (project) => inConflict(project, () => project.remove('PROMPT.md')),
    expected: beforeCommit('tracked: path-unmerged PROMPT.md'),
  },
];
