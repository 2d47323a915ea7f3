/** The files of the sandbox's repository: a tiny project with a QA check, its policies, and the agent that plays a part. */
import path from 'node:path';
import type { Program } from '../effects/program.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const policy = (name: string) => ({ path: `policy/${name}.json`, schema: `policy/schema/${name}.schema.json` });

/** Reads its prompt, does what the next turn of the plan says, and claims completion with the token it was given. */
const agent = `import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const plan = path.join(process.env.SANDBOX, 'plan.json');
const [turn = {}, ...rest] = JSON.parse(readFileSync(plan, 'utf8'));
writeFileSync(plan, JSON.stringify(rest));
const prompt = readFileSync(0, 'utf8');
appendFileSync(path.join(process.env.SANDBOX, 'prompts.jsonl'), JSON.stringify(prompt) + '\\n');
for (const line of turn.run ?? []) execFileSync('sh', ['-c', line], { stdio: 'inherit' });
console.log(turn.say ?? 'agent: done');
if (turn.claim) console.log(process.env.LOOPBREAKER_COMPLETION_TOKEN);
process.exitCode = turn.exitCode ?? 0;
`;

/** The QA gate: red as long as a file says so. */
const check = `import { existsSync } from 'node:fs';

if (existsSync('broken.txt')) {
  console.error('check: broken.txt must not be here');
  process.exit(1);
}
console.log('check: ok');
`;

/** The files of the repository, but its manifest, by name. */
export const sandboxFiles: Readonly<Record<string, string>> = {
  '.gitignore': 'node_modules\n',
  'package.json': json({
    name: 'sandbox',
    version: '0.0.0',
    private: true,
    type: 'module',
    scripts: { test: 'node check.mjs' },
  }),
  'check.mjs': check,
  'agent.mjs': agent,
  'PROMPT.md': 'Do the next piece of work, commit it, then say so.\n\n{{completionToken}}\n',
  'policy/loop.json': json({
    agent: {
      command: ['node', 'agent.mjs'],
      prompt: 'PROMPT.md',
      output: 'text',
      timeoutSeconds: 60,
      idleTimeoutSeconds: 30,
    },
    iterationsMax: 5,
  }),
  'policy/promote.json': json({
    prepare: [],
    qa: [{ name: 'check', command: ['node', 'check.mjs'], timeoutSeconds: 60 }],
  }),
  'policy/breaker.json': json({}),
  'policy/failure-classes.json': json({ rules: [] }),
};

/** The text of the manifest of a repository that carries its own copy of a program. */
export function sandboxManifest({ commandFile, runnerOptions }: Program): string {
  const runner = ['node', ...runnerOptions];
  const names = ['cli', 'doctor', 'loop', 'auto-promote'];
  return json({
    entryPoints: names.map((name) => ({ path: commandFile(name), runner, probe: 'help' })),
    policies: ['loop', 'promote', 'breaker', 'failure-classes'].map(policy),
    files: ['PROMPT.md', 'agent.mjs', 'check.mjs'],
    hooks: [],
    runtimeDirectories: [path.dirname(commandFile('cli')), 'policy'],
  });
}
