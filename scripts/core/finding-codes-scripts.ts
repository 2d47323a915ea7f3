/** Codes of findings about what package scripts, hooks and lint-staged tasks run. */
import type { FindingCodeEntry } from './finding-code.ts';

/** The table; its keys are codes. */
export const scriptCodes = {
  'script-target-moved': {
    checks: ['script-targets'],
    title: 'a script runs a file that a commit moved elsewhere',
    why: 'The file went and the line that runs it stayed: it fails the next time somebody needs it.',
    remedy: 'write the new path in the script',
  },
  'package-outside': {
    checks: ['script-targets'],
    title: 'a dependency is taken from a path outside of the repository',
    why: 'No clone, worktree or clean checkout has it there: the install of the gate fails, or takes what happens to lie there.',
    remedy: 'bring the package into the repository, or take it from a registry',
  },
  'script-folder-missing': {
    checks: ['script-targets'],
    title: 'a script works in a folder that git does not hold',
    why: 'Going into it fails in every clone, and nothing that comes after it in the line is run.',
    remedy: 'correct the folder, or take the script away; what a build makes belongs under "generated"',
  },
  'script-name-missing': {
    checks: ['script-targets'],
    title: 'a script runs another script by a name that its package does not have',
    why: 'The package manager ends with "missing script", and whatever comes after it in the line is not run.',
    remedy: 'correct the name, or write the script',
  },
  'script-glob-empty': {
    checks: ['script-targets'],
    title: 'a script runs all files of a pattern that matches none',
    why: 'It fails, or worse: it tests nothing and is green.',
    remedy: 'correct the pattern, or take the script away',
  },
} as const satisfies Record<string, FindingCodeEntry>;
