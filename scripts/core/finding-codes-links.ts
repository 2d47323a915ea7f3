/** Codes of findings about starting an entry point: its runner, its links, its probe. */
import type { FindingCodeEntry } from './finding-code.ts';

const noStart = 'It ends before its first line, so it can neither record nor report anything.';

/** The table; its keys are codes. */
export const linkCodes = {
  'runner-without-typescript': {
    checks: ['links'],
    title: 'the runner of an entry point cannot read TypeScript',
    why: noStart,
    remedy: 'use "node --import tsx" as its runner, or a Node that strips types itself (22.18 or newer)',
  },
  'probe-failed': {
    checks: ['links'],
    title: 'an entry point that links does not start',
    why: 'In a clean checkout of this tree its probe failed: what it needs at run time is not held by git.',
    remedy: 'run the command that the finding names in a clean checkout, and mend what it says',
  },
  'probe-not-done': {
    checks: ['links'],
    title: 'an entry point was not probed',
    why: 'It may still fail when it starts: only its presence, its imports and its links were checked.',
    remedy: 'use node, tsx or a shell as its runner, which can be probed; else nothing to do',
  },
} as const satisfies Record<string, FindingCodeEntry>;
