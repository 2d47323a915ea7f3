/**
 * Fires a hook file that may have been edited, and looks whether it comes to the program. It runs in a folder of its own, with a
 * stand-in where the program would lie and one for node: whatever was put into the file, nothing of the repository is run.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { withoutLocalGit } from './git.ts';
import { executeDirectly } from './process.ts';

export interface HookFileShot {
  /** Whether the program was started for that hook. */
  readonly isReached: boolean;
  /** What the file said, and how it ended; null when it took too long or could not be started. */
  readonly output: string;
  readonly exitCode: number | null;
}

/** `programs`: where the file looks for the program, from the root of the work tree. */
export type FireHookFile = (text: string, programs: readonly string[], hook: string) => Promise<HookFileShot>;

/** The file takes milliseconds. */
const timeoutMs = 10_000;

/** Of a node that is asked for its version it makes nothing; the environment of a person's own edits finds it like a real one. */
const standInNode = `#!/bin/sh
case "$* " in *" hook $LOOPBREAKER_SHOT_HOOK "*) : > "$LOOPBREAKER_SHOT/reached" ;; esac
`;

/** In the place of the program, for an edit that brings a node of its own. */
const standInProgram = `const { LOOPBREAKER_SHOT, LOOPBREAKER_SHOT_HOOK } = process.env;
if (process.argv[2] === 'hook' && process.argv[3] === LOOPBREAKER_SHOT_HOOK) require('fs').writeFileSync(LOOPBREAKER_SHOT + '/reached', '');
`;

function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o755 });
}

/** Opens it for this environment; a bypass in it does not count. */
export function openHookFileShot(env: NodeJS.ProcessEnv): FireHookFile {
  const { LOOPBREAKER_BYPASS: _, ...base } = withoutLocalGit(env);
  return async (text, programs, hook) => {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'loopbreaker-hook-'));
    try {
      const [bin, tree] = [path.join(directory, 'bin'), path.join(directory, 'tree')];
      write(path.join(bin, 'node'), standInNode);
      write(path.join(tree, 'hook-file'), text);
      const places = programs.map((program) => path.join(tree, program));
      for (const place of places.filter((one) => one.startsWith(`${tree}/`))) write(place, standInProgram);
      const shotEnv = {
        ...base,
        PATH: `${bin}${path.delimiter}${env.PATH ?? ''}`,
        HOME: directory,
        LOOPBREAKER_SHOT: directory,
        LOOPBREAKER_SHOT_HOOK: hook,
      };
      const argv = ['sh', 'hook-file', hook] as const;
      const ended = await executeDirectly({ argv, cwd: tree, env: shotEnv, input: '', timeoutMs });
      const isReached = existsSync(path.join(directory, 'reached'));
      return { isReached, output: `${ended.stdout}${ended.stderr}`.trim(), exitCode: ended.exitCode };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  };
}
