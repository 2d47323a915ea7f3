/** Which version of a tool a child of this process would get: read where it stands beside the tool, else asked. */
import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { versionIn } from '../core/version-range.ts';
import type { Execute } from './process.ts';

export type ToolVersion =
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'missing' }
  /** It is there and does not tell its version; says why. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** A tool that does not answer --version in this time is not waited for. */
const timeoutMs = 10_000;

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // Not there or not ours to run: PATH goes on to its next directory.
  }
}

function programFor(tool: string, env: NodeJS.ProcessEnv): string | undefined {
  return (env.PATH ?? '')
    .split(path.delimiter)
    .filter((directory) => path.isAbsolute(directory))
    .map((directory) => path.join(directory, tool))
    .find(isProgram);
}

/** npm's own package.json, two folders above its program: npm takes 200 ms to say the same. */
function npmVersion(program: string): string | undefined {
  try {
    const file = path.join(path.dirname(path.dirname(realpathSync(program))), 'package.json');
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof parsed !== 'object' || parsed === null || !('name' in parsed) || !('version' in parsed))
      return undefined;
    return parsed.name === 'npm' && typeof parsed.version === 'string' ? parsed.version : undefined;
  } catch {
    return undefined; // npm is laid out in another way here, so it is asked.
  }
}

function knownVersion(tool: string, program: string): string | undefined {
  if (tool === 'npm') return npmVersion(program);
  return tool === 'node' && realpathSync(program) === realpathSync(process.execPath)
    ? process.versions.node
    : undefined;
}

/** Asks for the version of a tool on PATH, by its plain name. Never rejects. */
export function openToolVersions(
  env: NodeJS.ProcessEnv,
  directory: string,
  execute: Execute,
): (tool: string) => Promise<ToolVersion> {
  return async (tool) => {
    const program = programFor(tool, env);
    if (program === undefined) return { kind: 'missing' };
    const known = knownVersion(tool, program);
    if (known !== undefined) return { kind: 'version', version: known };
    const asked = await execute({ argv: [program, '--version'], cwd: directory, env, timeoutMs });
    const version = asked.exitCode === 0 ? versionIn(`${asked.stdout}\n${asked.stderr}`) : null;
    if (version !== null) return { kind: 'version', version };
    const how = asked.spawnError ?? asked.signal ?? `exit code ${asked.exitCode}`;
    return { kind: 'unreadable', why: `${program} --version told no version (${how})` };
  };
}
