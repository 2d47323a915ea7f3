/** `loopbreaker <command>`: finds the command, loads its file and nothing else. */
import { type Command, exitWith, printHelp, runCommand } from './command.ts';
import { exitCodes, messageOf } from './core/outcome.ts';
import { ownVersion } from './effects/program.ts';
import { waysOut } from './rescue.ts';

const commands = {
  init: { summary: 'adopt it in an existing repository', load: () => import('./init.ts') },
  doctor: { summary: 'check that exactly what git holds will run', load: () => import('./doctor.ts') },
  loop: { summary: 'run the agent, watch for its claim, promote, obey the breaker', load: () => import('./loop.ts') },
  'auto-promote': {
    summary: 'promote one branch now, under the same breaker',
    load: () => import('./auto-promote.ts'),
  },
  promote: { summary: 'another name of auto-promote, the one of npm run', load: () => import('./auto-promote.ts') },
  status: { summary: 'alive? progressing? why not running? until when?', load: () => import('./status.ts') },
  worktrees: {
    summary: 'list ours, dead and foreign worktrees; clean up what dead runs left',
    load: () => import('./worktrees.ts'),
  },
  clear: { summary: 'clear a circuit or a blocked branch', load: () => import('./clear.ts') },
  hold: { summary: 'stop a circuit until a person clears it', load: () => import('./hold.ts') },
  explain: { summary: 'what a code means, why it matters, how to mend it', load: () => import('./explain.ts') },
  classify: { summary: 'classify failure output read from stdin', load: () => import('./classify.ts') },
  demo: { summary: 'the whole story in a throw-away sandbox', load: () => import('./demo.ts') },
  hook: { summary: 'what the husky hooks call', load: () => import('./hook.ts') },
} as const;

type CommandName = keyof typeof commands;

function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

function help(): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(14)}${summary}`);
  const tail = `Every command takes -C DIR, --json and --help; --version prints the version.
Exit codes: 0 ok, 1 refused, 2 usage, 3 bug, 75 try later, 78 configuration, 130 interrupted.

Examples: npx loopbreaker doctor
          npx loopbreaker explain half-open`;
  return `loopbreaker <command> [options]\n\n${rows.join('\n')}\n\n${tail}\n`;
}

/** Says that there is no such command, and which one was probably meant; loads the spelling only then. */
async function refuse(name: string): Promise<number> {
  const { nearestWord } = await import('./core/documents.ts');
  const guess = nearestWord(name, Object.keys(commands));
  const problem = name.startsWith('-')
    ? `"${name}" is no option of loopbreaker itself; options come after the command.`
    : `there is no command "${name}"${guess === undefined ? '.' : ` - did you mean "${guess}"?`}`;
  const remedy = guess === undefined ? 'npx loopbreaker --help' : `npx loopbreaker ${guess} --help`;
  process.stderr.write(`loopbreaker: ${problem}\n  to mend it: ${remedy}\n`);
  return exitCodes.usage;
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    await printHelp(help(), process.stdout);
    return name === undefined ? exitCodes.usage : exitCodes.ok;
  }
  if (name === '--version' || name === '-v') {
    process.stdout.write(`loopbreaker ${ownVersion()}\n`);
    return exitCodes.ok;
  }
  if (!isCommandName(name)) return await refuse(name);
  const loaded = await load(name);
  return loaded === null ? exitCodes.configFatal : await runCommand(loaded, rest);
}

/** A command whose own files cannot be loaded is the incident that this project exists for: say so, plainly. */
async function load(name: CommandName): Promise<Command | null> {
  try {
    return (await commands[name].load()).command;
  } catch (error) {
    process.stderr.write(`loopbreaker: the command "${name}" cannot be loaded: ${messageOf(error)}\n`);
    process.stderr.write(
      `  to mend it:\n${waysOut(error)
        .map((line) => `      ${line}\n`)
        .join('')}`,
    );
    return null;
  }
}

exitWith(main(process.argv.slice(2)));
