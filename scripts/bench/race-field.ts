/** The field of a race: one bare remote with a target for each strategy, and clones and worktrees that promote into it. */
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import type { Strategy } from '../core/policy.ts';
import { makeSandbox, type Sandbox } from '../demo/sandbox.ts';
import { openGit } from '../effects/git.ts';
import type { Program } from '../effects/program.ts';

export interface Promoter {
  readonly name: string;
  readonly strategy: Strategy;
  readonly directory: string;
  /** Short names, in the order in which they are tried first. */
  readonly branches: readonly string[];
}

export interface Field {
  readonly sandbox: Sandbox;
  readonly promoters: readonly Promoter[];
  readonly targets: readonly { readonly name: string; readonly strategy: Strategy }[];
}

/** ff-only is no contest: of two that race, one must be rebased by its agent. So it has one promoter, whose branches build on each other. */
const lanes: readonly Strategy[] = ['merge', 'merge', 'squash', 'squash', 'rebase', 'rebase', 'merge', 'ff-only'];

const targetOf = (strategy: Strategy): string => `race-${strategy}`;

export const fileOf = (branch: string): string => `race/${branch.replaceAll('/', '-')}.txt`;

async function git(sandbox: Sandbox, directory: string, args: readonly string[], input?: string): Promise<string> {
  const end = await openGit(directory, sandbox.env)(args, input === undefined ? {} : { input });
  if (end.exitCode !== 0) throw new Error(`git ${args.join(' ')} failed: ${end.stderr}`);
  return end.stdout.trim();
}

const person = 'Race <race@example.invalid> 1700000000 +0000';

function commitText(mark: number, ref: string, from: string, file: string, text: string): string {
  const data = (content: string) => `data ${Buffer.byteLength(content)}\n${content}\n`;
  const head = `commit ${ref}\nmark :${mark}\ncommitter ${person}\n${data(`add ${file}`)}from ${from}\n`;
  return `${head}M 100644 inline ${file}\n${data(text)}\n`;
}

async function makeTarget(sandbox: Sandbox, strategy: Strategy): Promise<void> {
  const target = targetOf(strategy);
  const qa = [{ name: 'trivial', command: ['true'], timeoutSeconds: 600 }];
  const policy = { target, strategy, prepare: [], qa, reintegrationsMax: 20 };
  const stream = commitText(
    1,
    `refs/heads/${target}`,
    'refs/heads/main^0',
    'policy/promote.json',
    JSON.stringify(policy),
  );
  await git(sandbox, sandbox.remote, ['fast-import', '--quiet'], stream);
}

async function makeBranches(sandbox: Sandbox, { directory, strategy, branches }: Promoter): Promise<void> {
  let stream = '';
  let from = `refs/remotes/origin/${targetOf(strategy)}^0`;
  for (const [index, branch] of branches.entries()) {
    stream += commitText(index + 1, `refs/heads/${branch}`, from, fileOf(branch), `${branch}\n`);
    if (strategy === 'ff-only') from = `:${index + 1}`;
  }
  await git(sandbox, directory, ['fast-import', '--quiet'], stream);
}

/** Promoters have clones of their own; the third of a strategy has a worktree of the first one's clone. */
async function makeDirectory(sandbox: Sandbox, made: readonly Promoter[], promoter: Promoter): Promise<void> {
  const target = targetOf(promoter.strategy);
  const siblings = made.filter(({ strategy }) => strategy === promoter.strategy);
  const [home] = siblings;
  if (siblings.length === 2 && home !== undefined) {
    const args = ['worktree', 'add', '--quiet', '--detach', promoter.directory, `origin/${target}`];
    await git(sandbox, home.directory, args);
  } else {
    const args = ['clone', '--quiet', '--branch', target, sandbox.remote, promoter.directory];
    await git(sandbox, sandbox.directory, args);
  }
  symlinkSync(path.join(sandbox.clone, 'node_modules'), path.join(promoter.directory, 'node_modules'));
}

/** Makes the field; who asked for it disposes of its sandbox. */
export async function makeField(promoterCount: number, branchCount: number, program?: Program): Promise<Field> {
  const sandbox = await makeSandbox({}, program);
  await sandbox.remoteGit('config', 'core.logAllRefUpdates', 'true');
  const strategies = [...new Set(lanes.slice(0, promoterCount))];
  for (const strategy of strategies) await makeTarget(sandbox, strategy);
  const promoters: Promoter[] = [];
  for (const [index, strategy] of lanes.slice(0, promoterCount).entries()) {
    const branches = Array.from({ length: branchCount }, (_, number) => `agent/p${index}-b${number}`);
    const promoter = { name: `p${index}`, strategy, directory: path.join(sandbox.directory, `p${index}`), branches };
    await makeDirectory(sandbox, promoters, promoter);
    await makeBranches(sandbox, promoter);
    promoters.push(promoter);
  }
  return { sandbox, promoters, targets: strategies.map((strategy) => ({ name: targetOf(strategy), strategy })) };
}
