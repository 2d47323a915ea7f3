/** What a person decides: clear and hold. Who and why are written to the journal with it. */
import { hostname, userInfo } from 'node:os';
import { type Call, stringOption } from './command.ts';
import { type CircuitName, circuitNames } from './core/controller.ts';
import { exitCodes, Refusal } from './core/outcome.ts';

/** The reason that a person gave. Throws a Refusal (2) without one: the next person will want to know. */
export function whyOption(call: Call, name: string): string {
  const why = stringOption(call, 'why')?.trim() ?? '';
  if (why !== '' && why !== '…') return why.slice(0, 500);
  const problem = `${name} needs a reason, so that the next person knows.`;
  const said = [...call.positionals, '--why'].join(' ');
  const remedy = `npm run ${name} -- ${said} "your reason"`;
  throw new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy });
}

/** Who is doing this, as the system knows them. */
export function personName(): string {
  return userInfo().username;
}

/** The same with the computer: for what is kept longer than a session. */
export function personAtHost(): string {
  return `${personName()}@${hostname()}`;
}

/** Whether a word names a circuit. */
export function isCircuitName(word: string): word is CircuitName {
  return circuitNames.some((name) => name === word);
}
