/** The inputs of starting the agent: what policy/loop.json says of it, and the program that this names. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileOfCommand } from '../core/command-file.ts';
import { absent, type Evidence, type EvidenceInput, evidenceOf, sha256Hex } from '../core/evidence.ts';
import { hasErrorCode } from '../core/outcome.ts';
import type { LoopPolicy } from '../core/policy.ts';
import { fileHash } from './package-files.ts';
import { policyPaths } from './policies.ts';

type Agent = LoopPolicy['agent'];

/** Where the system looks when there is no PATH. */
const defaultPath = '/usr/bin:/bin';

/** Where the program may be, in the order in which the system looks. */
function places(program: string, root: string, env: NodeJS.ProcessEnv): readonly string[] {
  if (program.includes('/')) return [path.resolve(root, program)];
  return (env.PATH ?? defaultPath).split(path.delimiter).map((folder) => path.resolve(root, folder, program));
}

/** What tells one file that can be executed from another; null for anything else. Programs are large: none is read. */
function printOf(file: string): string | null {
  try {
    accessSync(file, constants.X_OK);
    const stat = statSync(file);
    return stat.isFile() ? sha256Hex([realpathSync(file), stat.size, stat.mtimeMs].join('\0')) : null;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP')) return null;
    throw error;
  }
}

/** The program that an interpreter is told to run. A word with a slash may be anything, such as the name of a model. */
function scriptOf(command: readonly string[]): string | null {
  const script = fileOfCommand(command, {});
  return script === command[0] ? null : script;
}

function scriptInputs(script: string | null, root: string): readonly EvidenceInput[] {
  if (script === null) return [];
  const sha256 = fileHash(path.resolve(root, script));
  return sha256 === absent && !/\.\w{1,4}$/.test(script) ? [] : [{ name: named(script), sha256 }];
}

/** A name that the controller has room for. */
const named = (name: string): string => name.slice(0, 256);

/** Evidence of an agent as it would be started in the root of a work tree with this environment. */
export function agentEvidence(agent: Agent, root: string, env: NodeJS.ProcessEnv): Evidence {
  const [program = ''] = agent.command;
  const found = places(program, root, env).find((file) => printOf(file) !== null);
  const inputs = [
    { name: `"agent" in ${policyPaths.loop}`, sha256: sha256Hex(JSON.stringify(agent)) },
    {
      name: named(program.includes('/') ? program : `${program} on PATH`),
      sha256: found === undefined ? absent : (printOf(found) ?? absent),
    },
    ...scriptInputs(scriptOf(agent.command), root),
  ];
  return evidenceOf('agent', inputs, root);
}

/** The files whose change may change that evidence, absolute, those that are not there among them. */
export function agentFiles(agent: Agent | null, root: string, env: NodeJS.ProcessEnv): readonly string[] {
  const policy = path.join(root, policyPaths.loop);
  if (agent === null) return [policy];
  const script = scriptOf(agent.command);
  const scripts = script === null ? [] : [path.resolve(root, script)];
  return [policy, ...places(agent.command[0] ?? '', root, env), ...scripts];
}
