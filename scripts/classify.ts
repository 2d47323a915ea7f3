/** `loopbreaker classify`: failure text on stdin in, one JSON object out; --jsonl for many. */
import { text as readAll } from 'node:stream/consumers';
import { type Call, type Command, runIfMain, stringOption } from './command.ts';
import { classify, type FailureInput, type FailureRule } from './core/classify.ts';
import { type Phase, phases } from './core/failure.ts';
import { builtInRules } from './core/failure-rules.ts';
import { exitCodes, Refusal } from './core/outcome.ts';

function usageRefusal(problem: string): Refusal {
  return new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy: 'npx loopbreaker classify --help' });
}

function isPhase(word: string): word is Phase {
  return phases.some((phase) => phase === word);
}

function phaseOf(word: string | undefined, where: string): Phase {
  if (word !== undefined && isPhase(word)) return word;
  throw usageRefusal(`${where} wants a phase, one of: ${phases.join(', ')}.`);
}

function exitCodeOf(call: Call): number | null {
  const given = stringOption(call, 'exit-code');
  if (given === undefined) return null;
  const code = Number(given);
  if (Number.isInteger(code)) return code;
  throw usageRefusal(`--exit-code wants a whole number, not "${given}".`);
}

function answer(input: FailureInput, rules: readonly FailureRule[], id?: string) {
  const { class: failureClass, subclass, rule, signature, remedy, retryAt } = classify(input, rules);
  const base = { class: failureClass, subclass, rule, signature };
  return { ...(id === undefined ? {} : { id }), ...base, ...(retryAt === undefined ? {} : { retryAt }), remedy };
}

const textOr = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** One line of --jsonl: `{id, phase, exitCode, signal?, text}`. */
function parseLine(line: string, number: number): { readonly id: string; readonly input: FailureInput } {
  const where = `line ${number}`;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw usageRefusal(`${where} is not JSON.`);
  }
  if (typeof value !== 'object' || value === null) throw usageRefusal(`${where} is not an object.`);
  const fields = new Map<string, unknown>(Object.entries(value));
  const phase = phaseOf(textOr(fields.get('phase')) ?? undefined, where);
  const code = fields.get('exitCode');
  const exitCode = typeof code === 'number' ? code : null;
  const input = { phase, exitCode, signal: textOr(fields.get('signal')), text: textOr(fields.get('text')) ?? '' };
  return { id: String(fields.get('id') ?? number), input };
}

async function run(call: Call): Promise<number> {
  if (call.stdin.isTTY) throw usageRefusal('classify reads the output to judge on its standard input.');
  const text = await readAll(call.stdin);
  if (call.values.jsonl === true) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    const parsed = lines.map((line, index) => parseLine(line, index + 1));
    for (const { id, input } of parsed) call.stdout.write(`${JSON.stringify(answer(input, builtInRules, id))}\n`);
    return exitCodes.ok;
  }
  const phase = phaseOf(stringOption(call, 'phase'), '--phase');
  const input = { phase, exitCode: exitCodeOf(call), signal: stringOption(call, 'signal') ?? null, text };
  call.stdout.write(`${JSON.stringify(answer(input, builtInRules))}\n`);
  return exitCodes.ok;
}

const usage = `
npx loopbreaker classify --phase PHASE --exit-code N [--signal NAME] < output
npx loopbreaker classify --jsonl < failures.jsonl

Says what class a failure is of, by the built-in rules: text on stdin in, one JSON object out. With --jsonl each line
is {"id", "phase", "exitCode", "signal", "text"} and is answered in order.

Phases: ${phases.join(', ')}
Exit codes: 0 answered · 2 wrong usage
Example: npm test 2>&1 | npx loopbreaker classify --phase qa --exit-code 1
`;

export const command: Command = {
  name: 'classify',
  summary: 'classify failure output read from stdin',
  usage,
  options: {
    phase: { type: 'string' },
    'exit-code': { type: 'string' },
    signal: { type: 'string' },
    jsonl: { type: 'boolean' },
  },
  run,
};

await runIfMain(import.meta.url, command);
