/** The policies of an adopted repository, made of what its package.json and its machine say. Pure. */
import path from 'node:path';
import { absentFile, type InitFacts, type InitNote, type InitPart, note, warning } from './init-facts.ts';
import { parseObject } from './json-value.ts';
import { scriptsOf } from './package-edit.ts';
import { cleanInstall, runScript } from './package-managers.ts';
import type { AgentOutput } from './policy.ts';
import { prettyJson } from './pretty-json.ts';

interface KnownAgent {
  readonly command: readonly string[];
  readonly output: AgentOutput;
}

/** By the name of the program, in the order in which one is chosen. Each reads its prompt on stdin. */
export const knownAgents: Readonly<Record<string, KnownAgent>> = {
  claude: { command: ['claude', '-p', '--output-format', 'stream-json', '--verbose'], output: 'claude-stream-json' },
  codex: { command: ['codex', 'exec', '--json', '-'], output: 'codex-json' },
  gemini: { command: ['gemini', '--output-format', 'stream-json'], output: 'gemini-json' },
  aider: { command: ['sh', '-c', 'aider --yes-always --no-pretty --no-stream --message "$(cat)"'], output: 'text' },
};

/** What npm writes into a new package.json: it tests nothing. */
const placeholder = /no test specified/;

/** Scripts that judge a commit, where there is no test. */
const judges = ['typecheck', 'type-check', 'types', 'check-types', 'lint', 'build'];

/** The scripts that make the gate; none when package.json has none that judges. */
export function gateScripts(scripts: ReadonlyMap<string, string>): readonly string[] {
  const test = scripts.get('test');
  if (test !== undefined && !placeholder.test(test)) return ['test'];
  return judges.filter((name) => scripts.has(name));
}

/** Where worktrees are made, of policies as they are or will be: outside of the checkout there is nothing to ignore. */
export function isQaBeside({ texts }: Pick<InitFacts, 'texts'>): boolean {
  const named = parseObject(texts.get('policy/promote.json') ?? '{}')?.worktreeDirectory;
  return typeof named === 'string' && path.posix.normalize(named).startsWith('../');
}

const packageFile = ({ home }: InitFacts): string => path.posix.join(home, 'package.json');

/** A command that a gate runs in the root of its checkout; of a package below, in its folder. */
function inHome({ home }: InitFacts, command: readonly string[]): readonly string[] {
  return home === '.' ? command : ['sh', '-c', `cd '${home.replaceAll("'", "'\\''")}' && ${command.join(' ')}`];
}

function promotePolicy(facts: InitFacts, schema: string): string {
  const { remote, manager, lockfile, hooks } = facts;
  const protects = hooks.kind === 'runner' ? [hooks.config] : [];
  return prettyJson({
    $schema: schema,
    remote: remote.name,
    target: remote.target,
    strategy: 'ff-only',
    prepare: [inHome(facts, cleanInstall(manager, lockfile !== null))],
    qa: gateScripts(scriptsOf(facts.texts.get(packageFile(facts)))).map((name) => ({
      name,
      command: inHome(facts, runScript(manager, name)),
    })),
    protectedPaths: [...new Set([`${hookFolder(facts)}/**`, 'policy/**', 'runtime-manifest.json', ...protects])],
    ...(facts.beside === null ? {} : { worktreeDirectory: facts.beside }),
  });
}

/** The folder that holds the hook file: that of the hooks, husky's where it will be, and one of our own beside a runner. */
export function hookFolder({ hooks }: Pick<InitFacts, 'hooks'>): string {
  switch (hooks.kind) {
    case 'husky':
    case 'folder':
      return hooks.folder;
    case 'runner':
      return '.githooks';
    case 'outside':
    case 'unmanaged':
      return '.husky';
  }
}

/** The attributes of that folder. */
export function attributesFile(facts: Pick<InitFacts, 'hooks'>): string {
  return `${hookFolder(facts)}/.gitattributes`;
}

function chosenAgent({ agents }: InitFacts): { readonly name: string; readonly agent: KnownAgent | undefined } {
  const name = Object.keys(knownAgents).find((one) => agents.includes(one)) ?? 'claude';
  return { name, agent: knownAgents[name] };
}

/** A file of the package, from the root of the repository that it is or will be installed in. */
export function inPackage({ programs }: InitFacts, file: string): string {
  const [program = 'node_modules/loopbreaker/bin/loopbreaker.js'] = programs;
  return path.posix.join(path.posix.dirname(program), '..', file);
}

/** What a person has to know of policy/loop.json as init has written it. */
function loopNotes(facts: InitFacts): readonly InitNote[] {
  const { name } = chosenAgent(facts);
  const isGuess = !facts.agents.includes(name);
  const noAgent = `No agent is on PATH (${Object.keys(knownAgents).join(', ')}), so policy/loop.json names claude: put yours in "agent".`;
  const asks = `${name} asks before it edits and commits, and nobody answers at night: put its own option for that into "agent"."command" of policy/loop.json, in a sandbox.`;
  const talksOn = `aider prints more after its last message, so that its claim is not seen: let "agent"."command" be the script for aider in ${inPackage(facts, 'docs/recipes/agents.md')}.`;
  return isGuess ? [warning(noAgent)] : name === 'aider' ? [warning(talksOn)] : [note(asks)];
}

/** The same of policy/promote.json. */
function promoteNotes(facts: InitFacts): readonly InitNote[] {
  const { remote } = facts;
  const noGate = `package.json has no script that judges (test, ${judges.join(', ')}), so "qa" of policy/promote.json is empty: everything that an agent claims would land.`;
  const gate = gateScripts(scriptsOf(facts.texts.get(packageFile(facts))));
  const noRemote = `There is no remote "${remote.name}": nothing can be promoted until there is one.`;
  const runsBeside = `QA runs in ${facts.beside}, which is there while it runs: in the checkout it would find packages that are in no lockfile.`;
  const runsInside = `QA runs in loop/tmp-wt, inside of the checkout: ${facts.whyInside}.`;
  const unsure = `Which branch promotions land on was not told by the remote; policy/promote.json says "${remote.target}".`;
  return [
    note(facts.beside === null ? runsInside : runsBeside),
    ...(gate.length === 0 ? [warning(noGate)] : []),
    ...(remote.url === null ? [warning(noRemote, `git remote add ${remote.name} URL`)] : []),
    ...(remote.url !== null && !remote.isSure ? [note(unsure, `git remote set-head ${remote.name} --auto`)] : []),
  ];
}

const prompt = `You are working on the repository in the current directory, unattended, in a loop.

1. Read the README and what it names as open work.
2. Make one small improvement, with a test that fails without it.
3. Run the tests. Commit only when they pass; leave the work tree clean.

When the improvement is committed and the tests pass, end your final message with this line, alone:

{{completionToken}}
`;

/** The four policies and the prompt, as far as they are absent. */
export function planPolicies(facts: InitFacts): InitPart {
  const schema = (name: string): string => path.posix.join('..', inPackage(facts, `policy/schema/${name}.schema.json`));
  const { agent } = chosenAgent(facts);
  const edits = [
    ...absentFile(
      facts,
      'policy/loop.json',
      prettyJson({
        $schema: schema('loop'),
        agent: { command: agent?.command, prompt: 'PROMPT.md', output: agent?.output },
      }),
    ),
    ...absentFile(facts, 'policy/promote.json', promotePolicy(facts, schema('promote'))),
    ...absentFile(facts, 'policy/breaker.json', prettyJson({ $schema: schema('breaker') })),
    ...absentFile(facts, 'policy/failure-classes.json', prettyJson({ $schema: schema('failure-classes'), rules: [] })),
    ...absentFile(facts, 'PROMPT.md', prompt),
  ];
  const isNew = (name: string): boolean => edits.some((edit) => edit.path === name);
  const onLoop = isNew('policy/loop.json') ? loopNotes(facts) : [];
  return { edits, notes: [...onLoop, ...(isNew('policy/promote.json') ? promoteNotes(facts) : [])] };
}
