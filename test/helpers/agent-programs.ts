/** Programs named like real agents, for the PATH of a test: they know the agents' options and what each would refuse. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** One run of a stand-in. `say` is its standard output with its token in the place of TOKEN. */
export interface AgentRun {
  /** Files that it edits. */
  readonly edits?: Readonly<Record<string, string>>;
  /** Shell commands that it wants to run. */
  readonly commands?: readonly string[];
  readonly say: string;
  /** What aider writes to its chat history. */
  readonly history?: string;
}

/** How many values each option takes; `many` takes all up to the next option. An option that is not here is refused. */
const options = {
  claude: {
    '-p': 0,
    '--output-format': 1,
    '--verbose': 0,
    '--permission-mode': 1,
    '--allowedTools': 'many',
  },
  codex: { '--json': 0, '--sandbox': 1, '-c': 1 },
  gemini: { '--output-format': 1, '--approval-mode': 1, '--skip-trust': 0 },
  aider: {
    '--yes-always': 0,
    '--no-pretty': 0,
    '--no-stream': 0,
    '--no-check-update': 0,
    '--no-show-release-notes': 0,
    '--no-gitignore': 0,
    '--input-history-file': 1,
    '--chat-history-file': 1,
    '--message-file': 1,
  },
} as const;

/** The agents' own rules of what may be done without a person, as far as a recipe depends on them. */
const program = `#!/usr/bin/env node
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const name = path.basename(process.argv[1]);
const takes = OPTIONS[name];
const given = {};
const rest = [];
const args = process.argv.slice(2);
while (args.length > 0) {
  const arg = args.shift();
  if (!arg.startsWith('-') || arg === '-') { rest.push(arg); continue; }
  if (!(arg in takes)) { console.error(name + ": error: unknown option '" + arg + "'"); process.exit(2); }
  given[arg] = [];
  const most = takes[arg] === 'many' ? Infinity : takes[arg];
  while (given[arg].length < most && args.length > 0 && !args[0].startsWith('-')) given[arg].push(args.shift());
}
const one = (option) => given[option]?.[0];
const gitDirectory = () => execFileSync('git', ['rev-parse', '--path-format=absolute', '--git-common-dir'], { encoding: 'utf8' }).trim();
const wildcard = (rule) => new RegExp('^' + rule.replace(/[.+?^$(){}|[\\]\\\\]/g, '\\\\$&').replace(/ ?\\*/, '( .*)?') + '$');

const rules = {
  claude: {
    prompt: () => readFileSync(0, 'utf8'),
    mayEdit: () => one('--permission-mode') === 'acceptEdits',
    mayRun: (command) => (given['--allowedTools'] ?? []).some((rule) => wildcard(rule.replace(/^Bash\\((.*)\\)$/, '$1')).test(command)),
    fits: () => '-p' in given && (one('--output-format') !== 'stream-json' || '--verbose' in given) && rest.length === 0,
  },
  codex: {
    prompt: () => readFileSync(0, 'utf8'),
    mayEdit: () => one('--sandbox') === 'workspace-write',
    mayRun: (command) => !command.startsWith('git ') || one('-c') === 'sandbox_workspace_write.writable_roots=["' + gitDirectory() + '"]',
    fits: () => rest.join(' ') === 'exec -' && '--json' in given,
  },
  gemini: {
    prompt: () => readFileSync(0, 'utf8'),
    mayEdit: () => ['yolo', 'auto_edit'].includes(one('--approval-mode')),
    mayRun: () => one('--approval-mode') === 'yolo',
    fits: () => '--skip-trust' in given && rest.length === 0,
  },
  aider: {
    prompt: () => readFileSync(one('--message-file'), 'utf8'),
    mayEdit: () => '--yes-always' in given,
    mayRun: () => true,
    fits: () => rest.length === 0,
  },
}[name];

if (!rules.fits()) { console.error(name + ': these arguments do not make an unattended run'); process.exit(2); }
const token = /<promise>COMPLETE \\w+<\\/promise>/.exec(rules.prompt())[0];
const plan = path.join(process.env.SANDBOX, 'plan.json');
const [run = { say: '' }, ...runs] = JSON.parse(readFileSync(plan, 'utf8'));
writeFileSync(plan, JSON.stringify(runs));
for (const [file, text] of Object.entries(run.edits ?? {})) if (rules.mayEdit()) writeFileSync(file, text);
for (const command of run.commands ?? []) if (rules.mayRun(command)) execFileSync('sh', ['-c', command], { stdio: 'ignore' });
if (run.history !== undefined) appendFileSync(one('--chat-history-file'), run.history.replaceAll('TOKEN', token));
process.stdout.write(run.say.replaceAll('TOKEN', token));
`;

/** Writes the programs into `directory/bin`, which is returned for the PATH. */
export function writeAgentPrograms(directory: string): string {
  const bin = path.join(directory, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(path.join(bin, 'package.json'), '{"type":"module"}');
  for (const name of Object.keys(options)) {
    const file = path.join(bin, name);
    writeFileSync(file, program.replace('OPTIONS', JSON.stringify(options)));
    chmodSync(file, 0o755);
  }
  return bin;
}
