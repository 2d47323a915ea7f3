/**
 * Gigabytes of agent output: passed on and read, beside `tee`, which only passes them on. Bars: half its speed, 150 MiB.
 * Timed is an agent's run, without the start of Node before it.
 */
import { spawn } from 'node:child_process';
import { text as readAll } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { isJsonObject } from '../core/json-value.ts';
import { comparison, inTurn, timingOf } from './turns.ts';

const bytes = 2 * 1024 ** 3;
const rounds = 3;
const timeBar = 2;
const peakBarMiB = 150;
const childFile = fileURLToPath(new URL('stream-child.ts', import.meta.url));

const event = (value: object): string => JSON.stringify(value).replaceAll("'", '_');
const printed = 'ok 1 - a test that passed, and what it printed besides\\n'.repeat(70);
const toolResult = event({
  type: 'user',
  message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: printed }] },
  parent_tool_use_id: null,
});
const result = event({ type: 'result', subtype: 'success', is_error: false, result: 'Done.\nTOKEN' });

/** Prints the same line until there are enough bytes, then the end, with the token in it. */
const repeated = (line: string) => `yes '${line}' | head -c ${bytes}; echo`;
const ending = (end: string) => `printf '%s\\n' '${end.replace('TOKEN', `'"$LOOPBREAKER_COMPLETION_TOKEN"'`)}'`;

interface Case {
  readonly name: string;
  readonly format: 'text' | 'claude-stream-json';
  readonly line: string;
}

const cases: readonly Case[] = [
  { name: 'text', format: 'text', line: `${repeated('x'.repeat(100))}; ${ending('TOKEN')}` },
  { name: 'events', format: 'claude-stream-json', line: `${repeated(toolResult)}; ${ending(result)}` },
  { name: 'no newline', format: 'claude-stream-json', line: `head -c ${bytes} /dev/zero; echo; ${ending(result)}` },
];

/** Runs a program whose output `cat` throws away; returns what it printed to stderr. Rejects when it fails. */
async function piped(argv: readonly string[]): Promise<string> {
  const child = spawn('sh', ['-c', '"$@" | cat > /dev/null', 'sh', ...argv], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const said = await readAll(child.stderr);
  const code = await ended;
  if (code === 0) return said;
  throw new Error(`exit ${code}: ${said}`);
}

interface Reading {
  readonly claimed: boolean;
  readonly ms: number;
  readonly peakMiB: number;
}

function readingOf(said: string): Reading {
  const value: unknown = JSON.parse(said);
  const { claimed, ms, peakMiB } = isJsonObject(value) ? value : {};
  if (typeof claimed === 'boolean' && typeof ms === 'number' && typeof peakMiB === 'number') {
    return { claimed, ms, peakMiB };
  }
  throw new Error(`not a reading: ${said}`);
}

async function measureCase({ name, format, line }: Case, print: (line: string) => void): Promise<boolean> {
  const readings: Reading[] = [];
  const ours = [process.execPath, '--import', 'tsx', childFile, format, line];
  const [, tee] = await inTurn(
    [
      { name, run: async () => void readings.push(readingOf(await piped(ours))) },
      { name: 'tee', run: () => piped(['sh', '-c', `{ ${line}; } | tee /dev/null`]) },
    ],
    rounds,
  );
  if (tee === undefined) return false;
  // The first round is not counted.
  const counted = readings.slice(1).map(({ ms }) => ms);
  const loop = timingOf(`loop, ${name}`, counted);
  print(comparison(loop, tee, rounds, timeBar));
  const peak = Math.max(...readings.map(({ peakMiB }) => peakMiB));
  const claimed = readings.every((reading) => reading.claimed);
  const verdict = peak <= peakBarMiB ? 'kept' : 'MISSED';
  print(`        peak ${peak.toFixed(0)} MiB, bar ${peakBarMiB} MiB ${verdict}; claim ${claimed ? 'found' : 'MISSED'}`);
  return loop.medianMs <= timeBar * tee.medianMs && peak <= peakBarMiB && claimed;
}

/** Prints one comparison a kind of output; returns whether all are within their bars. */
export async function measure(print: (line: string) => void): Promise<boolean> {
  let isWithin = true;
  for (const one of cases) isWithin = (await measureCase(one, print)) && isWithin;
  return isWithin;
}
