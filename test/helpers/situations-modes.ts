/** Situations of needed files that git holds in another way than as plain files, or under odd names. */
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { manifestWith } from './project.ts';
import type { Repository } from './repository.ts';
import { beforeCommit, everywhere, inCommit, onDisk, type Situation } from './situations.ts';

const naming = (...files: readonly string[]) => ({ 'runtime-manifest.json': manifestWith({ files }) });
const at = (project: Repository, file: string): string => path.join(project.directory, file);

/** Names that a shell, git or a report could take for something else. */
export const oddNames = [
  'a b.md',
  'it\'s "so".md',
  'two\nlines.md',
  'größe-文.md',
  '-rf',
  ':(top)x',
  '*.md',
  '$(x).md',
];

/** Committed with its bit, which is then taken away behind git's back, as a copy or a share without modes does. */
function losingItsBit(project: Repository, file: string): undefined {
  project.git('update-index', '--chmod=+x', file);
  project.git('commit', '-q', '-m', 'the bit');
  project.git('config', 'core.fileMode', 'false');
  chmodSync(at(project, file), 0o644);
  return undefined;
}

/** All of them. */
export const modeSituations: readonly Situation[] = [
  {
    name: 'a needed file is marked skip-worktree and gone',
    make: (project) => {
      project.git('update-index', '--skip-worktree', 'PROMPT.md');
      project.remove('PROMPT.md');
      return undefined;
    },
    expected: onDisk('tracked: path-skip-worktree PROMPT.md'),
  },
  {
    name: 'a needed file is marked skip-worktree and there, another assume-unchanged and changed',
    files: { ...naming('PROMPT.md', 'notes.md'), 'notes.md': 'x' },
    make: (project) => {
      project.git('update-index', '--skip-worktree', 'PROMPT.md');
      project.git('update-index', '--assume-unchanged', 'notes.md');
      project.write({ 'notes.md': 'y' });
      return undefined;
    },
    expected: everywhere(),
  },
  {
    name: 'a needed file is a tracked symbolic link to another file of the tree',
    files: naming('PROMPT.md', 'link.md'),
    make: (project) => {
      symlinkSync('PROMPT.md', at(project, 'link.md'));
      project.commit();
      return undefined;
    },
    expected: everywhere('tracked: path-not-a-file link.md'),
  },
  {
    name: 'a needed file is a tracked symbolic link out of the tree',
    files: naming('PROMPT.md', 'link.md'),
    make: (project) => {
      symlinkSync('/etc/passwd', at(project, 'link.md'));
      project.commit();
      return undefined;
    },
    expected: everywhere('tracked: path-not-a-file link.md'),
  },
  {
    name: 'a needed file was replaced on disk by a symbolic link',
    make: (project) => {
      rmSync(at(project, 'PROMPT.md'));
      symlinkSync('package.json', at(project, 'PROMPT.md'));
      return undefined;
    },
    expected: onDisk('tracked: path-not-a-file PROMPT.md'),
  },
  {
    name: 'a needed file was replaced on disk by a folder',
    make: (project) => {
      rmSync(at(project, 'PROMPT.md'));
      mkdirSync(at(project, 'PROMPT.md'));
      return undefined;
    },
    expected: onDisk('tracked: path-not-a-file PROMPT.md'),
  },
  {
    name: 'the manifest names a folder',
    files: naming('scripts'),
    expected: everywhere('tracked: path-not-a-file scripts'),
  },
  {
    name: 'needed files have names with spaces, quotes, line ends, other alphabets, and signs of git and the shell',
    files: { ...naming(...oddNames), ...Object.fromEntries(oddNames.map((name) => [name, 'x'])) },
    expected: everywhere(),
  },
  {
    name: 'files with such names are taken out of the index',
    files: { ...naming(...oddNames), ...Object.fromEntries(oddNames.map((name) => [name, 'x'])) },
    make: (project) => void project.git('rm', '-q', '--cached', '--', ...oddNames.map((name) => `:(literal)${name}`)),
    expected: beforeCommit(...oddNames.map((name) => `tracked: path-untracked ${name}`)),
  },
  {
    name: 'the name in the manifest is composed in another way of the same letters (Unicode NFC and NFD)',
    files: { ...naming('gr\u00f6\u00dfe.md'), 'gro\u0308\u00dfe.md': 'x' },
    expected: everywhere('tracked: path-missing gr\u00f6\u00dfe.md'),
  },
  {
    name: 'an entry point without a runner has no execute bit',
    files: {
      'runtime-manifest.json': manifestWith({ entryPoints: [{ path: 'scripts/run.sh', runner: [] }] }),
      'scripts/run.sh': '#!/bin/sh\n',
    },
    expected: everywhere('tracked: not-executable scripts/run.sh'),
  },
  {
    name: 'its execute bit is staged and not committed yet',
    files: {
      'runtime-manifest.json': manifestWith({ entryPoints: [{ path: 'scripts/run.sh', runner: [] }] }),
      'scripts/run.sh': '#!/bin/sh\n',
    },
    make: (project) => {
      chmodSync(at(project, 'scripts/run.sh'), 0o755);
      project.git('update-index', '--chmod=+x', 'scripts/run.sh');
      return undefined;
    },
    expected: inCommit('tracked: not-executable scripts/run.sh'),
  },
  {
    name: 'its execute bit is held by git and lost on disk',
    files: {
      'runtime-manifest.json': manifestWith({ entryPoints: [{ path: 'scripts/run.sh', runner: [] }] }),
      'scripts/run.sh': '#!/bin/sh\n',
    },
    make: (project) => losingItsBit(project, 'scripts/run.sh'),
    expected: onDisk('tracked: not-executable scripts/run.sh'),
  },
  {
    name: 'a file that a package script executes has lost its execute bit on disk',
    files: {
      'package.json': JSON.stringify({
        type: 'module',
        scripts: { go: './scripts/run.sh', sh: 'sh scripts/other.sh' },
      }),
      'scripts/run.sh': '#!/bin/sh\n',
      'scripts/other.sh': '#!/bin/sh\n',
    },
    make: (project) => {
      losingItsBit(project, 'scripts/other.sh');
      return losingItsBit(project, 'scripts/run.sh');
    },
    expected: onDisk('script-targets: not-executable scripts/run.sh'),
  },
];
