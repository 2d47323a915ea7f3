/** `auto-promote --accept-protected`: a person's word for the protected changes of exactly one commit. */
import { type Call, stringOption } from './command.ts';
import { withEvent } from './core/controller.ts';
import { exitCodes, Refusal } from './core/outcome.ts';
import { blockedSignature } from './core/promotion.ts';
import { acceptanceOf, shortBranch, type TriggerId, type Verdict } from './core/verdict.ts';
import { childMarker } from './effects/process-tree.ts';
import { runVariable } from './effects/runs.ts';
import { personAtHost } from './person.ts';
import type { Workspace } from './workspace.ts';

/** What a person accepts, as they typed it. */
export interface Acceptance {
  readonly sha: string;
  readonly why: string;
}

function usage(problem: string): Refusal {
  const remedy = 'npm run promote -- --branch NAME --accept-protected SHA --why "your reason"';
  return new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy });
}

/**
 * The acceptance that was asked for, or null. Throws a Refusal: 2 without a reason, a branch, or with another --sha; 1
 * inside a loop, where whoever asks is the agent that the paths are protected from.
 */
export function acceptanceAsked(call: Call): Acceptance | null {
  const sha = stringOption(call, 'accept-protected');
  const why = stringOption(call, 'why')?.trim() ?? '';
  if (sha === undefined) {
    if (call.values.why === undefined) return null;
    throw usage('--why belongs to --accept-protected.');
  }
  if (call.env[runVariable] !== undefined || call.env[childMarker] !== undefined) {
    const problem = 'This runs inside a loop, and an agent cannot accept what is protected from it.';
    const remedy = 'a person runs the command in a terminal of their own';
    throw new Refusal({ code: 'accept-by-agent', exitCode: exitCodes.refused, problem, remedy });
  }
  if (why === '' || why === '…') throw usage('--accept-protected needs a reason, so that the next person knows.');
  if (stringOption(call, 'branch') === undefined) throw usage('--accept-protected needs the branch that it is about.');
  if (call.values['dry-run'] === true) throw usage('--dry-run changes nothing, so it cannot accept anything.');
  if ((stringOption(call, 'sha') ?? sha) !== sha) throw usage('--sha and --accept-protected name two commits.');
  if (!/^[0-9a-f]{7,64}$/.test(sha)) throw usage(notASha(sha));
  return { sha, why: why.slice(0, 500) };
}

const notASha = (named: string): string => `"${named}" is not the sha of a commit: a name may mean another one by now.`;

/** Records the acceptance of a trigger: as a verdict that stays, and as a line of the journal. */
export async function recordAcceptance(
  workspace: Workspace,
  trigger: TriggerId,
  { sha: named, why }: Acceptance,
): Promise<void> {
  const { branch, sha } = trigger;
  // A branch may be called like a sha.
  if (!sha.startsWith(named)) throw usage(notASha(named));
  const by = personAtHost();
  const at = new Date(workspace.world.clock().wallMs).toISOString();
  workspace.verdicts.write({ version: 1, verdict: 'accepted', branch, sha, by, why, at });
  await workspace.store.update((controller) => ({
    controller,
    entries: [{ event: 'protected-accepted', severity: 'warning', branch, sha, by, why }],
  }));
}

/** Signatures of blocks of other branches that have not landed: accepting one branch settles nothing of another. */
async function unsettled({ git }: Workspace, known: readonly Verdict[], landed: TriggerId): Promise<readonly string[]> {
  const signatures: string[] = [];
  for (const verdict of known) {
    if (verdict.verdict !== 'blocked' || verdict.branch === landed.branch) continue;
    const { branch } = verdict;
    const head = await git.commitOf(branch);
    const hasLanded = known.some((one) => one.verdict === 'promoted' && one.branch === branch && one.sha === head);
    if (head !== null && !hasLanded) signatures.push(blockedSignature(verdict));
  }
  return signatures;
}

/**
 * Frees the agent circuit of what a person has settled by accepting: nothing when the landed commit was not accepted, or
 * when anything else than blocks of this very branch has moved the circuit, such as a crash, or the same block of another
 * branch. To be called before the verdict of the landing takes the place of the block. A circuit that a person holds stays held.
 */
export async function freeAgentOfAccepted(workspace: Workspace, landed: TriggerId): Promise<void> {
  const { store, policies, verdicts } = workspace;
  // What has landed has landed: a verdict of another branch that cannot be read is no reason to say otherwise.
  const known = verdicts.readable().verdicts;
  const acceptance = acceptanceOf(known, landed);
  if (acceptance === null) return;
  const blocks = known.filter((one) => one.verdict === 'blocked').filter(({ branch }) => branch === landed.branch);
  const others = await unsettled(workspace, known, landed);
  const settled = blocks.map(blockedSignature).filter((signature) => !others.includes(signature));
  const { by } = acceptance;
  const why = `${shortBranch(landed.branch)} landed, which was blocked until a person accepted it: ${acceptance.why}`;
  await store.update((controller, now) => {
    const { state, lastSignature, recentFailures } = controller.circuits.agent;
    const counted = [lastSignature, ...recentFailures.map(({ signature }) => signature)];
    const isSettled = state !== 'held' && counted.every((one) => one !== null && settled.includes(one));
    if (!isSettled) return { controller, entries: [] };
    return {
      controller: withEvent(controller, 'agent', { type: 'clear' }, policies.breaker, now),
      entries: [{ event: 'cleared', severity: 'info', circuit: 'agent', by, why }],
    };
  });
}
