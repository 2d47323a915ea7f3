/** A file that is executed itself needs its execute bit: in git, for every clean checkout, and on this disk. */
import type { Finding } from '../core/doctor.ts';
import { shellWord } from '../core/shell-word.ts';
import type { CheckContext } from './check.ts';

/** The finding for a file of the tree that lacks it; `use` says who executes the file, as a sentence without its end. */
export function executeBitFinding({ tree, disk }: CheckContext, path: string, use: string): Finding | undefined {
  const base = { code: 'not-executable', severity: 'error', remedy: 'give it the execute bit', path } as const;
  const mode = tree.entries.get(path)?.mode;
  const word = shellWord(path);
  if (mode === '100644') {
    const problem = `${use}, but git holds it without the execute bit.`;
    return { ...base, problem, commands: [`chmod +x ${word}`, `git update-index --chmod=+x ${word}`] };
  }
  const isLost =
    mode === '100755' && tree.kind === 'worktree' && disk.kindOf(path) === 'file' && !disk.isExecutable(path);
  if (!isLost) return undefined;
  return { ...base, problem: `${use}, but on this disk it has lost its execute bit.`, commands: [`chmod +x ${word}`] };
}
