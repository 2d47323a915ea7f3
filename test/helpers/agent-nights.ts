/** What an agent may do in one run, told apart from how its format prints it, with the one answer that is right. */
import fc from 'fast-check';
import type { AgentOutput } from '../../scripts/core/policy.ts';
import { claude, codex, gemini, oldCodex } from './agent-shapes.ts';

export const token = '<promise>COMPLETE 51ab90c3</promise>';
export const prompt = `Do the work.\nCommit it.\nThen end with this line, alone:\n${token}\n`;

/** A message, and whether it claims when it is the last word. */
interface Message {
  readonly text: string;
  readonly claims: boolean;
}

type Kind = 'say' | 'use-tool' | 'sub-agent' | 'think';

type Act = Message & { readonly do: Kind };

type End = 'success' | 'error' | 'none';

export interface Night {
  readonly acts: readonly Act[];
  readonly end: End;
}

const harmless = fc.constantFrom(
  'Done.',
  'All tests pass.',
  '',
  '- a\n- b',
  'é€😀',
  `I shall say ${token} at the end.`,
  token,
);
const fenced = fc.constantFrom(`\`\`\`\n${token}\n\`\`\``, `~~~~text\n${token}\n~~~~`, '```ts\nconst a = 1;\n```');
const said = fc.constantFrom(token, `  ${token}\t `, `\u001b[1;32m${token}\u001b[0m`, `${token}\r`, `${token}\n\n \n`);
const unsaid = fc.constantFrom(
  `\`${token}\``,
  `> ${token}`,
  `I am not outputting ${token}`,
  `not\u001b[0m ${token}`,
  `${token} is what I would say`,
  `${token}.`,
  `${token}\nWait.`,
  `\`\`\`\n${token}`,
  `~~~text\n${token}\n`,
  `\`\`\`\n${token}\n\`\`\``,
  token.replace('51ab', '51ac'),
  token.slice(1),
  token.replace(' ', '\n'),
  token.replace(' ', '\u200b'),
  token.toUpperCase(),
  prompt,
  `codex\nuser\n${prompt}`,
  JSON.stringify({ type: 'result', subtype: 'success', is_error: false, result: token }),
  '\\n',
  '\u200b',
);
const tail = fc.string({ unit: 'binary', maxLength: 12 });

const message: fc.Arbitrary<Message> = fc
  .record({
    lines: fc.array(fc.oneof(harmless, fenced), { maxLength: 4 }),
    last: fc.oneof(
      said.map((text) => ({ text, claims: true })),
      unsaid.map((text) => ({ text, claims: false })),
      tail.map((text) => ({ text: `${token}x${text}`, claims: false })),
    ),
  })
  .map(({ lines, last }) => ({ text: [...lines, last.text].join('\n'), claims: last.claims }));

/** What tools, sub-agents and bystanders print: tokens, whole events, halves of them, any bytes. */
const anyText = fc.oneof(
  message.map(({ text }) => text),
  message.map(({ text }) => claude.says(text) + claude.result(text)),
  message.map(({ text }) => codex.begin() + codex.says(text) + codex.completed()),
  message.map(({ text }) => gemini.says(text) + gemini.result()),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    '{"type":"result"',
    '{',
    '}',
    '[',
    'null',
    '\u0000',
    '\u001b]0;',
    '"\\',
    '{"msg":{"type":{}}}',
    '{"type":"result","result":{}}',
  ),
);

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: message.map((one) => ({ ...one, do: 'say' as const })) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom<Kind[]>('use-tool', 'sub-agent', 'think'),
      text: anyText,
      claims: fc.constant(false),
    }),
  },
);

/** Runs of an agent whose right answer is known. */
export const night: fc.Arbitrary<Night> = fc.record({
  acts: fc.array(act, { maxLength: 6 }),
  end: fc.oneof({ weight: 4, arbitrary: fc.constant<End>('success') }, fc.constantFrom<End[]>('error', 'none')),
});

/** The last message, when no tool was used after it; else an empty one. */
function lastWord({ acts }: Night): Message {
  const last = acts.findLast((one) => one.do === 'say' || one.do === 'use-tool');
  return last?.do === 'say' ? last : { text: '', claims: false };
}

/** The answer: the last word of a run that ended well. */
export function claimsAtTheEnd(one: Night): boolean {
  return one.end === 'success' && lastWord(one).claims;
}

interface Format {
  readonly begin: string;
  readonly acts: Readonly<Record<Kind, (text: string, index: number) => string>>;
  readonly ends: (last: string) => Readonly<Record<End, string>>;
}

const claudeFormat: Format = {
  begin: claude.init(),
  acts: {
    say: (text, index) => claude.says(text, { id: `msg_${index}` }),
    'use-tool': (text) => claude.uses(text) + claude.toolSays(text),
    'sub-agent': (text) => claude.says(text, { parent: 'toolu_1' }),
    think: claude.partial,
  },
  ends: (last) => ({ success: claude.result(last), error: claude.result(last, { is_error: true }), none: '' }),
};

const codexFormat: Format = {
  begin: codex.begin(),
  acts: {
    say: codex.says,
    'use-tool': (text) => codex.runs(text) + codex.printed(text),
    'sub-agent': (text) => codex.says(text).replace('{', '{"thread_id":"other",'),
    think: codex.thinks,
  },
  ends: () => ({ success: codex.completed(), error: codex.failed({ message: token }), none: '' }),
};

const oldCodexFormat: Format = {
  begin: oldCodex.begin(prompt),
  acts: {
    say: oldCodex.says,
    'use-tool': oldCodex.printed,
    'sub-agent': oldCodex.thinks,
    think: oldCodex.thinks,
  },
  ends: (last) => ({
    success: oldCodex.completed(last === '' ? null : last),
    error: oldCodex.error(token),
    none: '',
  }),
};

/** Of thoughts and sub-agents it tells nothing. */
const geminiFormat: Format = {
  begin: gemini.init(prompt),
  acts: {
    // Parts of one message follow each other: only a tool makes the next one another.
    say: (text) => gemini.uses('ls') + gemini.says(text.slice(0, 9)) + gemini.says(text.slice(9)),
    'use-tool': (text) => gemini.uses(text) + gemini.toolSays(text),
    'sub-agent': () => '',
    think: () => '',
  },
  ends: () => ({ success: gemini.result(), error: gemini.result({ type: 'Error', message: token }), none: '' }),
};

const silence = () => '';
const silent = { say: silence, 'use-tool': silence, 'sub-agent': silence, think: silence };

/** Only its end is printed. */
const geminiDocument: Format = {
  begin: 'Loaded cached credentials.\n',
  acts: silent,
  ends: (response) => ({
    success: gemini.document({ response }),
    error: gemini.document({ response, error: { type: 'Error', message: token, code: 1 } }),
    none: '',
  }),
};

const textFormat: Format = { begin: '', acts: silent, ends: (last) => ({ success: last, error: '', none: '' }) };

const printerOf =
  ({ begin, acts, ends }: Format) =>
  (one: Night): string =>
    begin + one.acts.map((each, index) => acts[each.do](each.text, index)).join('') + ends(lastWord(one).text)[one.end];

/** Every way to print a run. */
export const printers: readonly (readonly [name: string, format: AgentOutput, print: (one: Night) => string])[] = [
  ['Claude Code', 'claude-stream-json', printerOf(claudeFormat)],
  ['Codex', 'codex-json', printerOf(codexFormat)],
  ['the older Codex', 'codex-json', printerOf(oldCodexFormat)],
  ['Gemini CLI, streaming', 'gemini-json', printerOf(geminiFormat)],
  ['Gemini CLI, one object', 'gemini-json', printerOf(geminiDocument)],
  ['text', 'text', printerOf(textFormat)],
];

/** What bystanders print: anything. */
export const noisyTexts = anyText;
