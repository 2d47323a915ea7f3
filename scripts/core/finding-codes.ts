/** Every code that a check of the doctor can emit. */
import type { FindingCodeEntry } from './finding-code.ts';
import { closureCodes } from './finding-codes-closure.ts';
import { documentCodes } from './finding-codes-documents.ts';
import { fileCodes } from './finding-codes-files.ts';
import { linkCodes } from './finding-codes-links.ts';
import { machineCodes } from './finding-codes-machine.ts';
import { scriptCodes } from './finding-codes-scripts.ts';

/** Codes of findings about loading, hooks and state. */
const runtimeCodes = {
  'link-missing-module': {
    checks: ['links'],
    title: 'an entry point does not load: a file that it imports is missing',
    why: 'It ends before its first line, so it can neither record nor report anything.',
    remedy: 'restore the file, or correct the import',
  },
  'link-missing-package': {
    checks: ['links'],
    title: 'an entry point does not load: a package is not installed',
    why: 'It ends before its first line, so it can neither record nor report anything.',
    remedy: 'npm ci; if the package is not in package.json, npm install <package>',
  },
  'link-failed': {
    checks: ['links'],
    title: 'an entry point does not load',
    why: 'It ends before its first line, so it can neither record nor report anything.',
    remedy: 'mend the file that the finding names',
  },
  'runner-package-missing': {
    checks: ['links'],
    title: 'the runner of an entry point is not installed',
    why: 'Nothing that is started with it can start; the entry points themselves may be fine.',
    remedy: 'npm ci',
  },
  'runner-failed': {
    checks: ['links'],
    title: 'the runner of an entry point ends by itself',
    why: 'Nothing that is started with it can start; the entry points themselves may be fine.',
    remedy: 'run the command that the finding names and mend what it says',
  },
  'link-not-checked': {
    checks: ['links'],
    title: 'an entry point that cannot be linked without running it',
    why: 'It may still fail when it loads: only its presence and its imports were checked.',
    remedy: 'make it an ES module that node starts, which can be checked; else nothing to do',
  },
  'hook-not-installed': {
    checks: ['hooks'],
    title: 'git runs no such hook in this worktree',
    why: 'Commits and pushes go unchecked, and nothing says so: broken ones get through.',
    remedy: "the command of the finding: your hook tool's own installation, such as npm run prepare",
  },
  'hook-not-executable': {
    checks: ['hooks'],
    title: 'git finds the hook but may not execute it',
    why: 'git then ignores it with no more than a hint: commits and pushes go unchecked.',
    remedy: 'chmod +x <hook>',
  },
  'hook-elsewhere': {
    checks: ['hooks'],
    title: 'git runs another file than the tracked hook',
    why: 'What is tracked is not what stands between a commit and the repository.',
    remedy: 'the commands of the finding, which point git at the tracked hooks',
  },
  'hook-disabled': {
    checks: ['hooks'],
    title: 'the hooks are switched off, by HUSKY=0 or the like',
    why: 'Commits and pushes go unchecked, and nothing says so: broken ones get through.',
    remedy: 'unset the variable that the finding names',
  },
  'state-unreadable': {
    checks: ['state'],
    title: "loopbreaker's own state cannot be read",
    why: 'What cannot be read means stop: the circuits are open until a person has looked.',
    remedy: 'npx loopbreaker status shows what is wrong; npx loopbreaker clear --why TEXT starts afresh',
  },
  'hook-bypassed': {
    checks: ['state'],
    title: 'a person went round a hook with LOOPBREAKER_BYPASS',
    why: 'What went through then was not checked here; the loop and the promotion gate check it later, and may refuse it.',
    remedy:
      'npm run doctor checks the work tree now; the remark goes when the same hook passes again in this worktree, and npx loopbreaker status --since 7d has the reason',
  },
  'state-unfinished': {
    checks: ['state'],
    title: 'a run was ended in the middle',
    why: 'The next run finishes it or explains; until then a worktree or a lock of it may be left.',
    remedy: 'npx loopbreaker status, then run it again',
  },
  'state-stopped': {
    checks: ['state'],
    title: 'a circuit is open or held',
    why: 'The loop does not run until it closes: the night passes and no work is done.',
    remedy: 'npx loopbreaker status says what would close it, and when',
  },
} as const satisfies Record<string, FindingCodeEntry>;

/** The table. Its keys are the type of a finding's code, so that a check cannot emit one that is not explained. */
export const findingCodes = {
  ...documentCodes,
  ...fileCodes,
  ...scriptCodes,
  ...machineCodes,
  ...closureCodes,
  ...linkCodes,
  ...runtimeCodes,
};

export type FindingCode = keyof typeof findingCodes;

/** Whether a text is the code of a finding. */
export function isFindingCode(code: string): code is FindingCode {
  return Object.hasOwn(findingCodes, code);
}
