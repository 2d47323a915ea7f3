/** Real Node binaries for the test matrix: from npm packages that hold one each, kept outside of the repository. */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { exitCodes, Refusal } from '../core/outcome.ts';
import { executeDirectly } from '../effects/process.ts';

export interface NodeBinary {
  /** As it was asked for, such as `20.19`. */
  readonly asked: string;
  /** As it answers itself, such as `v20.19.6`. */
  readonly version: string;
  /** The folder with the program `node`. */
  readonly directory: string;
}

/** Where they are kept: in the user's cache folder, so that `npm ci` and `git clean` leave them alone. */
export function nodesDirectory(env: NodeJS.ProcessEnv): string {
  const cache = env.XDG_CACHE_HOME ?? path.join(env.HOME ?? '.', '.cache');
  return path.resolve(cache, 'loopbreaker', 'nodes');
}

const packageName = `node-${process.platform}-${process.arch}`;

function refusal(problem: string, remedy: string): Refusal {
  return new Refusal({ code: 'usage', exitCode: exitCodes.tryLater, problem, remedy });
}

async function install(asked: string, home: string): Promise<void> {
  mkdirSync(home, { recursive: true });
  const install = ['install', '--prefix', home, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  const argv = ['npm', ...install, `${packageName}@${asked}`] as const;
  const end = await executeDirectly({ argv: [argv[0], ...argv.slice(1)], cwd: home, env: process.env });
  if (end.exitCode === 0) return;
  const why = end.stderr.split('\n').find((line) => /^npm (error|ERR!)/.test(line)) ?? `npm ended with ${end.exitCode}`;
  const remedy = `run it by hand: npm install --prefix '${home}' ${packageName}@${asked}`;
  throw refusal(`Node ${asked} could not be installed: ${why}`, remedy);
}

/**
 * The Node that was asked for by its version or the beginning of it; installed when it is not in `directory` yet.
 * Asked for its version by running it: throws a Refusal when it does not run, or is another one.
 */
export async function obtainNode(asked: string, directory: string): Promise<NodeBinary> {
  const home = path.join(directory, asked);
  const bin = path.join(home, 'node_modules', packageName, 'bin');
  if (!existsSync(path.join(bin, 'node'))) await install(asked, home);
  const argv = [path.join(bin, 'node'), '--version'] as const;
  const { stdout, stderr, spawnError } = await executeDirectly({ argv: [...argv], cwd: home, env: process.env });
  const version = stdout.trim();
  if (`${version}.`.startsWith(`v${asked}.`)) return { asked, version, directory: bin };
  const said = version === '' ? (spawnError ?? stderr.trim().split('\n')[0]) : version;
  throw refusal(`${argv[0]} is to be Node ${asked}, but says: ${said}`, `rm -r '${home}'`);
}
