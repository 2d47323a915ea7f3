/** Codes of findings about imports that lead nowhere git could hold a file. */
import type { FindingCodeEntry } from './finding-code.ts';

/** The table; its keys are codes. */
export const closureCodes = {
  'import-outside': {
    checks: ['closure'],
    title: 'a program imports a file outside of the repository',
    why: 'No clone, worktree or clean checkout has that file: the program runs on this machine only.',
    remedy: 'bring the file into the repository, or make it a package',
  },
  'import-not-offered': {
    checks: ['closure'],
    title: 'a program imports a name that its package.json does not offer',
    why: 'Node refuses it whatever files there are: the program ends before its first line.',
    remedy: 'correct the import, or add it to "imports" or "exports" of that package.json',
  },
} as const satisfies Record<string, FindingCodeEntry>;
