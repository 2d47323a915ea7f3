/** `loopbreaker classify`: failure text on stdin in, one JSON object out; --jsonl for many; --score for labelled ones. */

import { once } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text as readAll } from 'node:stream/consumers';
import { type Call, type Command, runIfMain, stringOption } from './command.ts';
import { classify, explainFailure, type FailureInput, type FailureRule } from './core/classify.ts';
import { phases } from './core/failure.ts';
import { isPhase, parseFailureLine } from './core/failure-line.ts';
import { builtInRules } from './core/failure-rules.ts';
import { type Judgement, scoreOf } from './core/failure-score.ts';
import { exitCodes, Refusal } from './core/outcome.ts';
import { statedRetryAt } from './core/retry-after.ts';
import { withStatedReset } from './core/usage-limit.ts';
import { localFailureRules } from './effects/policies.ts';
import { statedClock } from './effects/stated-clock.ts';
import { explanationWords, scoreWords } from './report/classes.ts';

function usageRefusal(problem: string): Refusal {
  return new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy: 'npx loopbreaker classify --help' });
}

function inputOf(call: Call, text: string): FailureInput {
  const phase = stringOption(call, 'phase');
  const given = stringOption(call, 'exit-code');
  const exitCode = given === undefined ? null : Number(given);
  if (!isPhase(phase)) throw usageRefusal(`--phase wants a phase, one of: ${phases.join(', ')}.`);
  if (exitCode !== null && (given === '' || !Number.isInteger(exitCode))) {
    throw usageRefusal(`--exit-code wants a whole number, not "${given}".`);
  }
  return { phase, exitCode, signal: stringOption(call, 'signal') ?? null, text };
}

function answer(input: FailureInput, rules: readonly FailureRule[], id?: string) {
  const failure = withStatedReset(classify(input, rules), input.text, statedClock(Date.now()));
  const { class: failureClass, subclass, rule, signature, remedy } = failure;
  const limited = failureClass === 'rate-limited';
  const retryAt = limited ? (statedRetryAt(input.text, Date.now()) ?? failure.retryAt) : undefined;
  const base = { class: failureClass, subclass, rule, signature };
  return { ...(id === undefined ? {} : { id }), ...base, ...(retryAt === undefined ? {} : { retryAt }), remedy };
}

async function* numberedLines(input: NodeJS.ReadableStream): AsyncGenerator<readonly [line: string, number: number]> {
  let number = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (line.trim() !== '') yield [line, number];
  }
}

/** Answers line by line, as they come; a broken line is an answer too, so that none is lost behind it. */
async function answerLines(call: Call, rules: readonly FailureRule[]): Promise<number> {
  let broken = 0;
  for await (const [line, number] of numberedLines(call.stdin)) {
    const parsed = parseFailureLine(line, number);
    if ('problem' in parsed) broken += 1;
    const told =
      'problem' in parsed ? { id: parsed.id, error: parsed.problem } : answer(parsed.input, rules, parsed.id);
    if (!call.stdout.write(`${JSON.stringify(told)}\n`)) await once(call.stdout, 'drain');
  }
  return broken === 0 ? exitCodes.ok : exitCodes.usage;
}

async function scoreFile(call: Call, file: string, rules: readonly FailureRule[]): Promise<number> {
  const found = path.resolve(call.directory, file);
  if (statSync(found, { throwIfNoEntry: false })?.isFile() !== true) throw usageRefusal(`--score: no file "${file}".`);
  const judgements: Judgement[] = [];
  for await (const [line, number] of numberedLines(createReadStream(found, 'utf8'))) {
    const parsed = parseFailureLine(line, number);
    if ('problem' in parsed) throw usageRefusal(`${file}: ${parsed.problem}.`);
    if (parsed.label === null) throw usageRefusal(`${file}: line ${number} has no "class" to be scored against.`);
    judgements.push({ id: parsed.id, label: parsed.label, failure: classify(parsed.input, rules) });
  }
  const score = scoreOf(judgements);
  call.stdout.write(call.json ? `${JSON.stringify(score)}\n` : scoreWords(score));
  return score.misses.length === 0 ? exitCodes.ok : exitCodes.refused;
}

async function run(call: Call): Promise<number> {
  const rules = [...(await localFailureRules(call.directory)), ...builtInRules];
  const file = stringOption(call, 'score');
  if (file !== undefined) return scoreFile(call, file, rules);
  if (call.stdin.isTTY) throw usageRefusal('classify reads the output to judge on its standard input.');
  if (call.values.jsonl === true) return answerLines(call, rules);
  const input = inputOf(call, await readAll(call.stdin));
  const explanation = call.values.explain === true ? explainFailure(input, rules) : undefined;
  if (explanation !== undefined && !call.json) {
    call.stdout.write(explanationWords(classify(input, rules), explanation));
    return exitCodes.ok;
  }
  const told = answer(input, rules);
  call.stdout.write(`${JSON.stringify(explanation === undefined ? told : { ...told, explanation })}\n`);
  return exitCodes.ok;
}

const usage = `
npx loopbreaker classify --phase PHASE --exit-code N [--signal NAME] [--explain] < output
npx loopbreaker classify --jsonl < failures.jsonl
npx loopbreaker classify --score labelled.jsonl

Says what class a failure is of, by your own rules (policy/failure-classes.json) and then the built-in ones: text on
stdin in, one JSON object out. --explain says which rule decided, by which line, and why those before it did not.
With --jsonl each line is {"id", "phase", "exitCode", "signal", "text"} and is answered in order, while it is read; a
line that cannot be read is answered {"id", "error"}. --score reads such lines with a "class" (and "accept": others
that are right too) and prints how many are right, precision, recall and F1 of each class, and every miss.

Phases: ${phases.join(', ')}
Exit codes: 0 answered, or all right · 1 --score: some are wrong · 2 wrong usage, or a line that cannot be read ·
78 policy/failure-classes.json cannot be used
Example: npm test 2>&1 | npx loopbreaker classify --phase qa --exit-code 1 --explain
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
    explain: { type: 'boolean' },
    score: { type: 'string' },
  },
  run,
};

runIfMain(import.meta.filename, command);
