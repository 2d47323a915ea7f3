/** Situations of whole repositories: linked worktrees, bare ones, submodules, shallow clones, other object formats. */
import path from 'node:path';
import { manifestWith, projectFiles } from './project.ts';
import { makeRepository, type Repository, repositoryAt, temporaryDirectory } from './repository.ts';
import { beforeCommit, everywhere, inCommit, type Owner, type Situation } from './situations.ts';

function linkedTo(project: Repository, owner: Owner): Repository {
  const directory = path.join(temporaryDirectory(owner), 'linked');
  project.git('worktree', 'add', '-q', '--detach', directory);
  return repositoryAt(directory);
}

function bareOf(project: Repository, owner: Owner): Repository {
  const bare = repositoryAt(temporaryDirectory(owner));
  project.git('clone', '-q', '--bare', project.directory, bare.directory);
  return bare;
}

function withSubmodule(project: Repository, owner: Owner): undefined {
  const other = makeRepository(owner, { files: { 'inside.md': 'x' } });
  project.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', other.directory, 'sub');
  project.commit();
  return undefined;
}

/** All of them. */
export const shapeSituations: readonly Situation[] = [
  { name: 'the repository is a linked worktree', make: linkedTo, expected: everywhere() },
  {
    name: 'a file is taken out of the index of a linked worktree, which has one of its own',
    make: (project, owner) => {
      const linked = linkedTo(project, owner);
      linked.git('rm', '-q', '--cached', 'PROMPT.md');
      return linked;
    },
    expected: beforeCommit('tracked: path-untracked PROMPT.md'),
  },
  {
    name: 'a file is taken out of the index of the main worktree and one looks from a linked one',
    make: (project, owner) => {
      const linked = linkedTo(project, owner);
      project.git('rm', '-q', '--cached', 'PROMPT.md');
      return linked;
    },
    expected: everywhere(),
  },
  {
    name: 'the repository is bare and the worktree linked to it',
    make: (project, owner) => linkedTo(bareOf(project, owner), owner),
    expected: everywhere(),
  },
  {
    name: 'the repository is bare, so that it has commits only',
    make: bareOf,
    expected: {
      worktree: ['refused: repository-bare'],
      index: ['refused: repository-bare'],
      head: [],
    },
  },
  {
    name: 'nothing is committed yet and everything is staged',
    make: (_, owner) => {
      const fresh = makeRepository(owner);
      fresh.write(projectFiles);
      fresh.git('add', '-A');
      return fresh;
    },
    expected: { worktree: [], index: [], head: ['refused: revision-unknown'] },
  },
  {
    name: 'nothing is committed yet and a needed file is not staged',
    make: (_, owner) => {
      const fresh = makeRepository(owner);
      fresh.write(projectFiles);
      fresh.git('add', '-A');
      fresh.git('rm', '-q', '--cached', 'PROMPT.md');
      return fresh;
    },
    expected: { ...beforeCommit('tracked: path-untracked PROMPT.md'), head: ['refused: revision-unknown'] },
  },
  {
    name: 'nothing is committed yet and a needed file is nowhere',
    make: (_, owner) => {
      const fresh = makeRepository(owner);
      fresh.write({ ...projectFiles, 'runtime-manifest.json': manifestWith({ files: ['gone.md'] }) });
      fresh.git('add', '-A');
      return fresh;
    },
    expected: { ...beforeCommit('tracked: path-missing gone.md'), head: ['refused: revision-unknown'] },
  },
  {
    name: 'HEAD is detached',
    make: (project) => void project.git('checkout', '-q', '--detach'),
    expected: everywhere(),
  },
  {
    name: 'a needed file is in a submodule',
    files: { 'runtime-manifest.json': manifestWith({ files: ['sub/inside.md'] }) },
    make: withSubmodule,
    expected: everywhere('tracked: path-not-a-file sub/inside.md'),
  },
  {
    name: 'the manifest names a submodule',
    files: { 'runtime-manifest.json': manifestWith({ files: ['sub'] }) },
    make: withSubmodule,
    expected: everywhere('tracked: path-not-a-file sub'),
  },
  {
    name: 'a submodule is there and nobody needs it',
    make: withSubmodule,
    expected: everywhere(),
  },
  {
    name: 'a clone is too shallow to know who deleted a needed file',
    make: (project, owner) => {
      project.git('rm', '-q', 'PROMPT.md');
      project.commit();
      project.commit('and one more');
      const shallow = repositoryAt(temporaryDirectory(owner));
      project.git('clone', '-q', '--depth=1', `file://${project.directory}`, shallow.directory);
      return shallow;
    },
    expected: everywhere('tracked: path-missing PROMPT.md'),
  },
  {
    name: 'objects are named with SHA-256, and an empty file is only announced',
    make: (_, owner) => {
      const directory = temporaryDirectory(owner);
      const fresh = repositoryAt(directory);
      fresh.git('init', '-q', '--object-format=sha256');
      fresh.git('config', 'user.name', 'A Test');
      fresh.git('config', 'user.email', 'test@example.invalid');
      fresh.write({ ...projectFiles, 'runtime-manifest.json': manifestWith({ files: ['empty.md'] }) });
      fresh.commit();
      fresh.write({ 'empty.md': '' });
      fresh.git('add', '-N', 'empty.md');
      return fresh;
    },
    expected: { ...beforeCommit('tracked: path-intent-to-add empty.md'), head: ['tracked: path-untracked empty.md'] },
  },
  {
    name: 'git writes other line ends to disk than it holds',
    files: { '.gitattributes': '* text=auto eol=crlf\n' },
    make: (project) => {
      project.remove('runtime-manifest.json', 'scripts/main.js');
      project.git('checkout', '--', '.');
      return undefined;
    },
    expected: everywhere(),
  },
  {
    name: 'the index is split',
    make: (project) => {
      project.git('update-index', '--split-index');
      project.git('rm', '-q', '--cached', 'PROMPT.md');
      return undefined;
    },
    expected: beforeCommit('tracked: path-untracked PROMPT.md'),
  },
  {
    name: 'the last commit is mended by what is staged',
    make: (project) => {
      project.git('rm', '-q', '--cached', 'PROMPT.md');
      project.git('commit', '-q', '-m', 'by mistake');
      project.git('add', '-A');
      return undefined;
    },
    expected: inCommit('tracked: path-untracked PROMPT.md'),
  },
];
