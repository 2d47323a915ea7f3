/** Codes of findings about files: what is needed and not held by git, and what lies about. */
import type { FindingCodeEntry } from './finding-code.ts';

const paths = ['tracked', 'closure', 'script-targets'] as const;

/** The table; its keys are codes. */
export const fileCodes = {
  'path-missing': {
    checks: paths,
    title: 'a needed file does not exist',
    why: 'Whatever runs it fails at every attempt, all night long; no retry can heal that.',
    remedy: 'restore the file (git log --diff-filter=D -- <file>), or stop naming it',
  },
  'path-untracked': {
    checks: paths,
    title: 'a needed file is on disk but git does not hold it',
    why: 'It works here and is missing in every clone, worktree and clean checkout.',
    remedy: 'git add <file>, and commit it',
  },
  'path-ignored': {
    checks: paths,
    title: 'a needed file is ignored by git',
    why: 'git add leaves it out without a word, so it never reaches a commit.',
    remedy: 'change the ignore rule that the finding names, or git add -f <file>',
  },
  'path-intent-to-add': {
    checks: paths,
    title: 'a needed file is only announced (git add -N)',
    why: 'git lists it as tracked, yet the next commit will not contain it: it works here and nowhere else.',
    remedy: 'git add <file>',
  },
  'path-skip-worktree': {
    checks: paths,
    title: 'a needed file is held by git but kept from disk',
    why: 'It is marked skip-worktree (sparse checkout), so git does not miss it and nothing can run it.',
    remedy: 'git update-index --no-skip-worktree <file>, then git checkout -- <file>',
  },
  'path-not-a-file': {
    checks: paths,
    title: 'a needed file is a folder, a symbolic link or a submodule',
    why: 'git does not hold what it leads to, so in a clean checkout it may lead nowhere.',
    remedy: 'put a regular file in its place',
  },
  'path-deleted-on-disk': {
    checks: paths,
    title: 'a needed file is held by git but gone from disk',
    why: 'Whatever runs it fails until it is restored.',
    remedy: 'git checkout -- <file>',
  },
  'path-other-case': {
    checks: paths,
    title: 'a needed file exists, spelt with other capitals',
    why: 'Some file systems do not tell capitals apart: it works on this machine and is missing on another.',
    remedy: 'spell it as git does, or git mv it',
  },
  'path-unmerged': {
    checks: paths,
    title: 'a needed file is in conflict',
    why: 'The one on disk has conflict marks in it, so it does not run, and nothing can be committed.',
    remedy: 'resolve the conflict and git add <file>',
  },
  'path-deleted-in-commit': {
    checks: paths,
    title: 'a needed file was deleted or moved by a commit, but is still named',
    why: 'The file went and the line that runs it stayed: it fails the next time somebody needs it.',
    remedy: 'restore the file, or correct the line that names it',
  },
  'not-executable': {
    checks: ['tracked', 'script-targets'],
    title: 'a file that is run by itself lacks the execute bit',
    why: 'The system refuses to run it: in every clone when git lacks the bit, here when only this disk does.',
    remedy: 'git update-index --chmod=+x <file>, and chmod +x <file>',
  },
  'file-does-not-parse': {
    checks: ['closure'],
    title: 'a file that is needed at start is not a program',
    why: 'Every program that imports it ends before its first line.',
    remedy: 'mend the syntax at the line that the finding names',
  },
  'untracked-in-use': {
    checks: ['untracked'],
    title: 'a tracked file imports a file that git does not hold',
    why: 'It works here and is missing in every clone, worktree and clean checkout.',
    remedy: 'git add <file>, and commit it',
  },
  'untracked-in-runtime-directory': {
    checks: ['untracked'],
    title: 'an untracked file lies where programs are',
    why: 'It may be needed and forgotten, or be a left-over that something picks up by accident.',
    remedy: 'git add it, ignore it, or remove it',
  },
  'script-target-built': {
    checks: ['script-targets'],
    title: 'a script runs what looks like a build output',
    why: 'In a clean checkout it is missing until something builds it; that this happens first is assumed, not checked.',
    remedy: 'declare it in runtime-manifest.json: "generated": [{ "path": …, "by": … }]',
  },
  'script-target-unknowable': {
    checks: ['script-targets'],
    title: 'a script runs something that cannot be read from its text',
    why: 'It is not known whether the file is there; if it is not, the next run of the script is who notices.',
    remedy: 'write a literal path, which can be checked; else nothing to do',
  },
} as const satisfies Record<string, FindingCodeEntry>;
