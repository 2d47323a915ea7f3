/** Every command of the program as its file declares it, and command lines as documentation writes them. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Command } from '../../scripts/command.ts';

const folder = fileURLToPath(new URL('../../scripts/', import.meta.url));

function isCommand(value: unknown): value is Command {
  return typeof value === 'object' && value !== null && 'usage' in value && 'run' in value;
}

/** The commands by their names, those of package.json alone among them. */
export async function commandsByName(): Promise<ReadonlyMap<string, Command>> {
  const commands = new Map<string, Command>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts') && name !== 'cli.ts')) {
    const { command }: { readonly command?: unknown } = await import(`../../scripts/${file}`);
    if (isCommand(command)) commands.set(command.name, command);
  }
  return commands;
}

/** Names in package.json that are another command's, with what comes before its arguments. */
const aliases: Readonly<Record<string, string>> = { promote: 'auto-promote', 'test:matrix': 'test-matrix' };

export interface CommandLine {
  readonly name: string;
  readonly args: readonly string[];
}

/** Our command in a line as a person types it; what is before a pipe is somebody else's. Fails when it is not ours. */
export function callIn(line: string): CommandLine {
  const own = (line.split('| ').at(-1) ?? '').replace(/ (<|&&|\|\|) .*$/, '');
  const words = [...own.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const [first, second, ...rest] = words.filter((word) => word !== '--silent');
  const isOurs = (first === 'npx' && second === 'loopbreaker') || (first === 'npm' && second === 'run');
  assert.ok(isOurs, `it is typed as it stands: ${line}`);
  const [name = '', ...args] = rest;
  return { name: aliases[name] ?? name, args: args[0] === '--' ? args.slice(1) : args };
}

/** Fails when the command does not take those arguments. */
export function assertTakes(commands: ReadonlyMap<string, Command>, { name, args }: CommandLine, line: string): void {
  const command = commands.get(name) ?? assert.fail(`there is no command "${name}": ${line}`);
  const common = {
    directory: { type: 'string', short: 'C' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  const { positionals } = parseArgs({
    args: [...args],
    options: { ...command.options, ...common },
    allowPositionals: true,
  });
  assert.ok(positionals.length <= (command.positionalsMax ?? 0), line);
}
