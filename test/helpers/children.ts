/** Real child processes of a test: started together, told when to go, and gone when the test is. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './repository.ts';

interface Owner {
  after(dispose: () => void): void;
}

export interface Child {
  readonly process: ChildProcess;
  /** The next line that the child says; rejects when it ends without saying one. */
  readonly says: () => Promise<string>;
  readonly tell: (line: string) => void;
  /** How it ended: `exit 0`, `SIGKILL`, … */
  readonly ended: Promise<string>;
}

/** Starts `test/helpers/<script>` with tsx, as a person's `npm run` would. */
export function startChild(owner: Owner, script: string, ...args: readonly string[]): Child {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], {
    cwd: root,
    env: cleanEnvironment(),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  owner.after(() => child.kill('SIGKILL'));
  const ended = new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(signal ?? `exit ${code}`));
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const says = async () => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`${script} ended (${await ended}) and said nothing more`);
    return line.value;
  };
  child.stdin.on('error', () => undefined); // A child that has ended does not listen; how it ended tells the story.
  return { process: child, says, tell: (line) => child.stdin.write(`${line}\n`), ended };
}
