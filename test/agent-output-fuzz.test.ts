/** Made-up agent runs in every format: what claims is found, nothing else is, and nothing makes a reader throw. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { claimsCompletion } from '../scripts/core/completion.ts';
import { openOutputReader } from '../scripts/core/output.ts';
import type { OutputEnd } from '../scripts/core/output-reader.ts';
import type { AgentOutput } from '../scripts/core/policy.ts';
import { statedReset } from '../scripts/core/stated-time.ts';
import { claimsAtTheEnd, type Night, night, noisyTexts, printers, prompt, token } from './helpers/agent-nights.ts';

/** `npm run fuzz` sets it to 100000. */
const runs = Number(process.env.LOOPBREAKER_FUZZ_RUNS ?? 5000);

function read(format: AgentOutput, bytes: Buffer, cuts: readonly number[]): OutputEnd {
  const reader = openOutputReader(format);
  let from = 0;
  for (let index = 0; from < bytes.length; index += 1) {
    const size = cuts.length === 0 ? bytes.length : (cuts[index % cuts.length] ?? 1);
    reader.push(bytes.subarray(from, from + size));
    from += size;
  }
  return reader.end();
}

function claims({ finalMessage }: OutputEnd): boolean {
  return finalMessage !== null && claimsCompletion(finalMessage, token, prompt);
}

const cuts = fc.array(fc.oneof(fc.constantFrom(1, 2, 3), fc.integer({ min: 1, max: 5000 })), { maxLength: 5 });

test(`${runs} runs of agents: a claim is exactly a last word that claims, in a run that ended well`, () => {
  let claimed = 0;
  fc.assert(
    fc.property(night, fc.constantFrom(...printers), cuts, (one, [name, format, print], sizes) => {
      const found = claims(read(format, Buffer.from(print(one)), sizes));
      assert.equal(found, claimsAtTheEnd(one), name);
      if (found) claimed += 1;
    }),
    { numRuns: runs },
  );
  assert.ok(claimed > runs / 20, `${claimed} of ${runs} claimed: both answers are asked`);
});

test(`${runs} outputs of bystanders, cut, broken or mixed, claim nothing and throw nothing`, () => {
  const formats = fc.constantFrom<AgentOutput[]>('claude-stream-json', 'codex-json', 'gemini-json');
  const broken = fc.record({ at: fc.nat(), drop: fc.nat(40), put: fc.uint8Array({ maxLength: 6 }) });
  fc.assert(
    fc.property(
      fc.array(noisyTexts, { maxLength: 5 }),
      formats,
      fc.array(broken, { maxLength: 4 }),
      cuts,
      (texts, format, breaks, sizes) => {
        // Told by a tool, so whatever stands in it is not the agent's.
        const night: Night = { acts: texts.map((text) => ({ do: 'use-tool', text, claims: false })), end: 'success' };
        const print = printers.find(([, of]) => of === format)?.[2] ?? assert.fail();
        let bytes = Buffer.from(print(night));
        for (const { at, drop, put } of breaks) {
          const place = at % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + drop)]);
        }
        const end = read(format, bytes, sizes);
        assert.ok(!claims(end));
        assert.ok(Buffer.byteLength(end.noise) <= 16_000);
      },
    ),
    { numRuns: runs },
  );
});

test(`${runs} texts about times are understood or not, and never throw`, () => {
  const word = fc.constantFrom(
    'resets',
    'reset',
    'try again',
    'at',
    'in',
    'after',
    'Oct',
    '6th',
    ',',
    '2026',
    '1pm',
    '13:61',
    '24:00',
    '2:30am',
    '(Europe/Berlin)',
    '(Not/A_Zone)',
    'UTC',
    'Mon',
    '4h28m20s',
    '99999999999w',
    '2026-13-45T99:99:99Z',
    '2026-02-30 10:00',
    'limit reached|99999999999999',
    'resets_at: 9999999999999',
    'tomorrow',
    'noon',
    '0',
    '-1',
    '1e9',
  );
  const moments = fc.integer({ min: 0, max: Date.UTC(2100, 0) });
  const zones = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/St_Johns',
    'Asia/Kathmandu',
    'Pacific/Apia',
    'Africa/Casablanca',
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 9, arbitrary: word }, fc.string()), { maxLength: 8 }),
      moments,
      zones,
      (words, wallMs, zone) => {
        const moment = statedReset(words.join(' '), { wallMs, zone });
        assert.ok(moment === null || Number.isFinite(moment));
      },
    ),
    { numRuns: runs },
  );
});
