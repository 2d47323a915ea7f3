/** The inputs of starting the agent: what policy/loop.json says of it, and the program that this names. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { interpretedFile, unwrapped } from '../core/command-file.ts';
import { absent, type Evidence, type EvidenceInput, evidenceOf, sha256Hex } from '../core/evidence.ts';
import { hasErrorCode } from '../core/outcome.ts';
import type { LoopPolicy } from '../core/policy.ts';
import { policyPaths } from './policies.ts';

type Agent = LoopPolicy['agent'];

/** Where the system looks when there is no PATH. */
const defaultPath = '/usr/bin:/bin';

/** Where the program may be, in the order in which the system looks. */
function places(program: string, root: string, env: NodeJS.ProcessEnv): readonly string[] {
  if (program.includes('/')) return [path.resolve(root, program)];
  return (env.PATH ?? defaultPath).split(path.delimiter).map((folder) => path.resolve(root, folder, program));
}

/** What tells one file from another; null for anything but a file that may be used so. Programs are large: none is read. */
function printOf(file: string, use: number): string | null {
  try {
    accessSync(file, use);
    const stat = statSync(file);
    return stat.isFile() ? sha256Hex([realpathSync(file), stat.size, stat.mtimeMs].join('\0')) : null;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP')) return null;
    throw error;
  }
}

function scriptInputs(script: string | null, root: string): readonly EvidenceInput[] {
  if (script === null) return [];
  return [{ name: named(script), sha256: printOf(path.resolve(root, script), constants.R_OK) ?? absent }];
}

/** A name that the controller has room for. */
const named = (name: string): string => name.slice(0, 256);

/** The programs of a command, as they are written: the one that is started, and the one behind wrappers such as `timeout`. */
function programsOf({ command }: Agent): readonly string[] {
  return [...new Set([command[0] ?? '', unwrapped(command)[0] ?? ''])];
}

/** The first place that holds the program, with what tells it; null where none does. Later places do not count. */
function found(program: string, root: string, env: NodeJS.ProcessEnv) {
  for (const [at, file] of places(program, root, env).entries()) {
    const print = printOf(file, constants.X_OK);
    if (print !== null) return { at, print };
  }
  return null;
}

/** Evidence of an agent as it would be started in the root of a work tree with this environment. */
export function agentEvidence(agent: Agent, root: string, env: NodeJS.ProcessEnv): Evidence {
  const programs = programsOf(agent).map((program) => ({
    name: named(program.includes('/') ? program : `${program} on PATH`),
    sha256: found(program, root, env)?.print ?? absent,
  }));
  const inputs = [
    { name: `"agent" in ${policyPaths.loop}`, sha256: sha256Hex(JSON.stringify(agent)) },
    ...programs,
    ...scriptInputs(interpretedFile(agent.command), root),
  ];
  return evidenceOf('agent', inputs, root);
}

/** The files whose change may change that evidence, absolute, those that are not there among them. */
export function agentFiles(agent: Agent | null, root: string, env: NodeJS.ProcessEnv): readonly string[] {
  const policy = path.join(root, policyPaths.loop);
  if (agent === null) return [policy];
  const script = interpretedFile(agent.command);
  const scripts = script === null ? [] : [path.resolve(root, script)];
  const programs = programsOf(agent).flatMap((program) => {
    const searched = places(program, root, env);
    return searched.slice(0, (found(program, root, env)?.at ?? searched.length) + 1);
  });
  return [policy, ...programs, ...scripts];
}
