/** `loopbreaker clear`: a person frees a circuit or a blocked branch, and it sticks. */
import { type Call, type Command, runIfMain } from './command.ts';
import {
  type Attempt,
  type CircuitName,
  type Controller,
  circuitNames,
  type Trigger,
  withEvent,
  withoutAlerts,
  withoutTrigger,
} from './core/controller.ts';
import { exitCodes, Refusal } from './core/outcome.ts';
import { stopOf } from './core/stop.ts';
import { isCircuitName, personName, whyOption } from './person.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

/** One attempt is allowed at once: no back-off stands in its way. */
const readyNow = (trigger: Trigger): Trigger => ({ ...trigger, state: 'pending', notBefore: null });

/** Closes these circuits in a person's name and forgets attempts whose owner does not live; returns what to say. */
export async function clearCircuits(workspace: Workspace, names: readonly CircuitName[], why: string): Promise<string> {
  const { store, policies, world } = workspace;
  const { circuits } = store.read().controller;
  const before = store.now();
  const was = (name: CircuitName) => {
    const isLimited = stopOf(name, circuits[name], before)?.code === 'circuit-limited';
    return isLimited ? 'waiting for a limit' : circuits[name].state;
  };
  const isOver = (attempt: Attempt) => names.includes(attempt.circuit) && world.liveness(attempt.owner) !== 'alive';
  await store.update((controller, now) => ({
    controller: names.reduce<Controller>(
      (cleared, name) => withEvent(cleared, name, { type: 'clear' }, policies.breaker, now),
      {
        ...controller,
        attempts: controller.attempts.filter((attempt) => !isOver(attempt)),
        triggers: names.includes('promote') ? controller.triggers.map(readyNow) : controller.triggers,
      },
    ),
    entries: names.map((circuit) => ({ event: 'cleared', severity: 'info', circuit, by: personName(), why })),
  }));
  const said = names.map((name) => `the ${name} circuit (it was ${was(name)})`);
  return `cleared ${said.join(' and ')}; the next run tries again`;
}

/** A run that is judging the branch just now is no longer asked: what it finds must not undo what the person says. */
function unjudged(controller: Controller, branch: string): Controller {
  const forget = (attempt: Attempt) => (attempt.trigger?.branch === branch ? { ...attempt, trigger: null } : attempt);
  return { ...controller, attempts: controller.attempts.map(forget) };
}

async function clearBranch(workspace: Workspace, word: string, why: string): Promise<string> {
  const branch = word.startsWith('refs/heads/') ? word : `refs/heads/${word}`;
  const { store, verdicts } = workspace;
  const blocks = verdicts
    .readable()
    .verdicts.filter((verdict) => verdict.verdict === 'blocked' && verdict.branch === branch);
  const waiting = store.read().controller.triggers.some((trigger) => trigger.branch === branch);
  if (blocks.length === 0 && !waiting) {
    const problem = `"${word}" is neither a circuit (agent, promote) nor a branch that is blocked or waiting.`;
    const remedy = 'npm run status shows what there is to clear';
    throw new Refusal({ code: 'nothing-to-clear', exitCode: exitCodes.usage, problem, remedy });
  }
  await store.update((controller) => {
    for (const block of blocks) verdicts.remove(block);
    return {
      controller: withoutAlerts(unjudged(withoutTrigger(controller, branch), branch), branch),
      entries: [{ event: 'cleared', severity: 'info', branch, by: personName(), why }],
    };
  });
  return `cleared ${word}; its next claim is judged afresh`;
}

async function run(call: Call): Promise<number> {
  const { directory, env, stderr, stdout } = call;
  const [word] = call.positionals;
  const why = whyOption(call, 'clear');
  const workspace = await openWorkspace({ directory, env, stderr, lenient: true });
  const names = word === undefined ? circuitNames : isCircuitName(word) ? [word] : [];
  const said =
    names.length > 0 ? await clearCircuits(workspace, names, why) : await clearBranch(workspace, word ?? '', why);
  stdout.write(
    call.json ? `${JSON.stringify({ ok: true, cleared: names.length > 0 ? names : [word] })}\n` : `${said}\n`,
  );
  return exitCodes.ok;
}

const usage = `
npx loopbreaker clear [agent|promote|BRANCH] --why TEXT

Closes a circuit (both without a name) and forgets its failures, or forgets that a branch is blocked. One attempt is
allowed at once; if it fails, counting begins afresh.

Exit codes: 0 cleared · 2 nothing of that name · 75 state is busy · 78 configuration
Example: npm run clear -- promote --why "the deploy key is renewed"
`;

export const command: Command = {
  name: 'clear',
  summary: 'clear a circuit or a blocked branch',
  usage,
  positionalsMax: 1,
  options: { why: { type: 'string' } },
  run,
};

runIfMain(import.meta.filename, command);
