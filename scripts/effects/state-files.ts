/** Where things lie in the state directory, `<git common dir>/loopbreaker`. */
import path from 'node:path';

/** Absolute paths of everything in the state directory. */
export interface StateFiles {
  readonly directory: string;
  readonly controller: string;
  readonly journal: string;
  readonly controllerLock: string;
  readonly promoteLock: string;
  readonly checkpoint: string;
  readonly verdicts: string;
  readonly passes: string;
  readonly runs: string;
  /** Work that was moved out of worktrees of dead runs; made when there is some. */
  readonly salvage: string;
  /** What init has written in this clone. */
  readonly initRecord: string;
}

/** Names of everything in the state directory. */
export function stateFiles(directory: string): StateFiles {
  const at = (name: string) => path.join(directory, name);
  return {
    directory,
    controller: at('controller.json'),
    journal: at('events.jsonl'),
    controllerLock: at('controller.lock'),
    promoteLock: at('promote.lock'),
    checkpoint: at('auto-promote-state.json'),
    verdicts: at('verdicts'),
    passes: at('passes'),
    runs: at('runs'),
    salvage: at('salvage'),
    initRecord: at('init.json'),
  };
}
