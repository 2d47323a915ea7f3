/** Real child processes of a test: started together, told when to go, and gone when the test is. */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
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

const root = fileURLToPath(new URL('../../', import.meta.url));

const bundled = new Map<string, string>();

/** A script as one file of JavaScript below node_modules, where it finds packages: dozens of starts of tsx are long. */
function bundledOnce(script: string): string {
  const known = bundled.get(script);
  if (known !== undefined) return known;
  const outfile = path.join(root, 'node_modules/.cache', `loopbreaker-child-${process.pid}-${script}.mjs`);
  const entryPoints = [fileURLToPath(new URL(script, import.meta.url))];
  buildSync({ entryPoints, outfile, bundle: true, packages: 'external', platform: 'node', format: 'esm' });
  process.once('exit', () => rmSync(outfile, { force: true }));
  bundled.set(script, outfile);
  return outfile;
}

/** Starts `test/helpers/<script>`. */
export function startChild(owner: Owner, script: string, ...args: readonly string[]): Child {
  const child = spawn(process.execPath, [bundledOnce(script), ...args], {
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
