/** The four chapters of the demo. Each runs real processes in the sandbox and checks its facts against git. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Controller } from '../core/controller.ts';
import { type ControllerFile, decodeController } from '../core/controller-file.ts';
import { executeDirectly, type ProcessResult } from '../effects/process.ts';
import type { Sandbox } from './sandbox.ts';

/** One checked fact: a sentence, whether it held, and what was seen. */
export interface Fact {
  readonly fact: string;
  readonly held: boolean;
  readonly saw: string;
}

export interface ChapterEnd {
  readonly facts: readonly Fact[];
  /** What the loop printed. */
  readonly output: string;
  readonly promotionAttempts: number;
  readonly agentRuns: number;
}

export interface Chapter {
  readonly title: string;
  readonly story: string;
  readonly play: (sandbox: Sandbox) => Promise<ChapterEnd>;
}

const stateDirectory = (sandbox: Sandbox) => path.join(sandbox.clone, '.git', 'loopbreaker');

function journal(sandbox: Sandbox): readonly string[] {
  const file = path.join(stateDirectory(sandbox), 'events.jsonl');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
}

function controllerOf(sandbox: Sandbox): Controller {
  const file: ControllerFile = JSON.parse(readFileSync(path.join(stateDirectory(sandbox), 'controller.json'), 'utf8'));
  return decodeController(file);
}

/** How often something stands in the journal. */
function countEvents(sandbox: Sandbox, event: string): number {
  return journal(sandbox).filter((line) => line.includes(`"event":"${event}"`)).length;
}

function fact(sentence: string, saw: unknown, wanted: unknown): Fact {
  return { fact: sentence, held: saw === wanted, saw: String(saw) };
}

/** Runs the loop and counts what it did: attempts and agent runs, as the journal has them. */
async function runLoop(sandbox: Sandbox) {
  const [attempts, runs] = [countEvents(sandbox, 'promotion-begun'), countEvents(sandbox, 'agent-begun')];
  const end: ProcessResult = await sandbox.loopbreaker('loop');
  return {
    exitCode: end.exitCode,
    output: `${end.stdout}${end.stderr}`,
    promotionAttempts: countEvents(sandbox, 'promotion-begun') - attempts,
    agentRuns: countEvents(sandbox, 'agent-begun') - runs,
  };
}

function testedTrees(sandbox: Sandbox): readonly string[] {
  const passes = path.join(stateDirectory(sandbox), 'passes');
  return readdirSync(passes).map((name) => String(JSON.parse(readFileSync(path.join(passes, name), 'utf8')).tree));
}

const commitFile = (name: string): readonly string[] => [
  `echo content > ${name}`,
  `git add ${name}`,
  `git commit --quiet -m "add ${name}"`,
];

async function healthy(sandbox: Sandbox): Promise<ChapterEnd> {
  sandbox.plan([{ run: commitFile('feature.txt'), claim: true }]);
  const end = await runLoop(sandbox);
  const head = await sandbox.git('rev-parse', 'agent/work');
  const tree = await sandbox.remoteGit('rev-parse', 'main^{tree}');
  return {
    ...end,
    facts: [
      fact('the loop exits 0', end.exitCode, 0),
      fact("the remote's main is the claimed commit", await sandbox.remoteGit('rev-parse', 'main'), head),
      fact('exactly that tree passed the QA gate', testedTrees(sandbox).includes(tree), true),
      fact('the work tree is clean afterwards', await sandbox.git('status', '--porcelain'), ''),
    ],
  };
}

async function incident(sandbox: Sandbox): Promise<ChapterEnd> {
  const entryPoint = sandbox.program.commandFile('auto-promote');
  const main = await sandbox.remoteGit('rev-parse', 'main');
  // Hidden from git status, and the doctor has looked already: only starting it shows that it is gone.
  const vanish = [`git update-index --skip-worktree ${entryPoint}`, `rm ${entryPoint}`];
  sandbox.plan([{ run: [...commitFile('incident.txt'), ...vanish], claim: true }]);
  const end = await runLoop(sandbox);
  const again = await runLoop(sandbox);
  const controller = controllerOf(sandbox);
  return {
    ...end,
    facts: [
      fact('the loop exits 78', end.exitCode, 78),
      fact('promotion was tried once', end.promotionAttempts, 1),
      fact('the agent ran once', end.agentRuns, 1),
      fact('the promote circuit is open', controller.circuits.promote.state, 'open'),
      fact('the trigger is kept as quarantined', controller.triggers.at(-1)?.state, 'quarantined'),
      fact('a second start exits 78 as well', again.exitCode, 78),
      fact('and tries nothing and runs no agent', again.promotionAttempts + again.agentRuns, 0),
      fact("the remote's main did not move", await sandbox.remoteGit('rev-parse', 'main'), main),
    ],
  };
}

async function cure(sandbox: Sandbox): Promise<ChapterEnd> {
  const entryPoint = sandbox.program.commandFile('auto-promote');
  await sandbox.git('update-index', '--no-skip-worktree', entryPoint);
  await sandbox.git('checkout', '--', entryPoint);
  const end = await runLoop(sandbox);
  const head = await sandbox.git('rev-parse', 'agent/work');
  return {
    ...end,
    facts: [
      fact('the loop exits 0', end.exitCode, 0),
      fact('promotion was tried once, as a probe', end.promotionAttempts, 1),
      fact('no agent run was paid for', end.agentRuns, 0),
      fact("the remote's main is the quarantined commit", await sandbox.remoteGit('rev-parse', 'main'), head),
      fact('the promote circuit is closed', controllerOf(sandbox).circuits.promote.state, 'closed'),
      fact('nobody cleared anything', countEvents(sandbox, 'cleared'), 0),
    ],
  };
}

async function redGate(sandbox: Sandbox): Promise<ChapterEnd> {
  const repair = ['git rm --quiet broken.txt', ...commitFile('mended.txt')];
  sandbox.plan([
    { run: commitFile('broken.txt'), claim: true },
    { run: repair, claim: true },
  ]);
  const end = await runLoop(sandbox);
  const prompts = sandbox.prompts().slice(-end.agentRuns);
  const blocked = journal(sandbox).filter((line) => line.includes('"outcome":"blocked"')).length;
  const head = await sandbox.git('rev-parse', 'agent/work');
  return {
    ...end,
    facts: [
      fact('the loop exits 0 in the end', end.exitCode, 0),
      fact('the red commit was blocked once', blocked, 1),
      fact('the agent heard why', prompts[1]?.includes('broken.txt must not be here'), true),
      fact('the new commit re-armed it: two attempts in all', end.promotionAttempts, 2),
      fact('the promote circuit never opened', controllerOf(sandbox).circuits.promote.state, 'closed'),
      fact("the remote's main is the repaired commit", await sandbox.remoteGit('rev-parse', 'main'), head),
    ],
  };
}

/** The loop of the incident, for comparison: tries again at once, for so long. Returns its attempts. */
export async function naiveLoop(sandbox: Sandbox, forMs: number): Promise<number> {
  const until = performance.now() + forMs;
  let attempts = 0;
  const { runnerOptions, commandFile } = sandbox.program;
  const argv = [process.execPath, ...runnerOptions, commandFile('auto-promote')] as const;
  while (performance.now() < until) {
    attempts += 1;
    const end = await executeDirectly({ argv: [...argv], cwd: sandbox.clone, env: sandbox.env });
    if (end.exitCode === 0) break;
  }
  return attempts;
}

export const naiveMs = 3000;

export const chapters: readonly Chapter[] = [
  { title: 'healthy', story: 'The agent commits and claims completion.', play: healthy },
  {
    title: 'the incident',
    story: "Auto-promote's entry point vanishes while the agent runs; git status does not show it.",
    play: incident,
  },
  { title: 'the cure', story: 'The file comes back. Nobody clears anything.', play: cure },
  { title: 'red QA', story: 'The agent claims a commit that the QA gate refuses, then mends it.', play: redGate },
];
