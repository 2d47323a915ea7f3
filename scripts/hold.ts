/** `loopbreaker hold`: a person stops a circuit; only a person's clear ends it. */
import { type Call, type Command, runIfMain } from './command.ts';
import { type CircuitName, type Controller, circuitNames, withEvent } from './core/controller.ts';
import { exitCodes, Refusal } from './core/outcome.ts';
import { isCircuitName, personName, whyOption } from './person.ts';
import { openWorkspace } from './workspace.ts';

async function run(call: Call): Promise<number> {
  const { directory, env, stderr, stdout } = call;
  const [word] = call.positionals;
  if (word !== undefined && !isCircuitName(word)) {
    const problem = `hold takes agent or promote, not "${call.positionals.join(' ')}".`;
    throw new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy: 'npx loopbreaker hold --help' });
  }
  const why = whyOption(call, 'hold');
  const names: readonly CircuitName[] = word === undefined ? circuitNames : [word];
  const { store, policies } = await openWorkspace({ directory, env, stderr, lenient: true });
  await store.update((controller, now) => ({
    controller: names.reduce<Controller>(
      (held, name) => withEvent(held, name, { type: 'hold', by: personName(), why }, policies.breaker, now),
      controller,
    ),
    entries: names.map((circuit) => ({ event: 'held', severity: 'info', circuit, by: personName(), why })),
  }));
  const said = `held ${names.join(' and ')}; to go on: npm run clear -- ${word ?? ''} --why "…"`;
  stdout.write(call.json ? `${JSON.stringify({ ok: true, held: names })}\n` : `${said}\n`);
  return exitCodes.ok;
}

const usage = `
npx loopbreaker hold [agent|promote] --why TEXT

Stops a circuit (both without a name) until a person clears it. What is running now is not ended; nothing new begins.

Exit codes: 0 held · 2 wrong usage · 75 state is busy · 78 configuration
Example: npm run hold -- promote --why "release freeze until Monday"
`;

export const command: Command = {
  name: 'hold',
  summary: 'stop a circuit until a person clears it',
  usage,
  positionalsMax: 1,
  options: { why: { type: 'string' } },
  run,
};

runIfMain(import.meta.filename, command);
