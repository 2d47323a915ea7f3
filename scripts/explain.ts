/** `loopbreaker explain <code>`: what a finding, a failure rule or a refusal means, why it matters, how to mend it. */
import { type Command, runIfMain } from './command.ts';
import { allCodes, type CodeEntry } from './core/codes.ts';
import { nearestWord } from './core/documents.ts';
import { exitCodes, Refusal } from './core/outcome.ts';
import { styleFor, wrapped } from './report/terminal.ts';

const usage = `
loopbreaker explain <code>
loopbreaker explain --list

What a code means, why it matters here, and how to mend it. Codes are printed by the doctor, by status and in the
journal.

Exit codes: 0 explained, 2 there is no such code.

Examples:
  loopbreaker explain path-ignored
  loopbreaker explain --list
`;

function unknownCode(code: string, known: readonly string[]): Refusal {
  const guess = nearestWord(code, known);
  return new Refusal({
    code: 'usage',
    exitCode: exitCodes.usage,
    problem: `There is no code "${code}"${guess === undefined ? '.' : ` - did you mean "${guess}"?`}`,
    remedy: `loopbreaker explain ${guess ?? '--list'}`,
  });
}

function text(entry: CodeEntry, width: number): string {
  const lines = [
    `${entry.code} (${entry.kind})`,
    ...wrapped(entry.title, 2, width),
    ...wrapped(`why: ${entry.why}`, 2, width),
    ...wrapped(`to mend it: ${entry.remedy}`, 2, width),
  ];
  return `${lines.join('\n')}\n`;
}

export const command: Command = {
  name: 'explain',
  summary: 'what a code means, why it matters, how to mend it',
  usage,
  options: { list: { type: 'boolean' } },
  run: ({ positionals, values, json, stdout, env }) => {
    const codes = allCodes();
    if (values.list === true) {
      const lines = codes.map((entry) => `${entry.code.padEnd(32)}${entry.title}`);
      stdout.write(json ? `${JSON.stringify(codes)}\n` : `${lines.join('\n')}\n`);
      return Promise.resolve(exitCodes.ok);
    }
    const [code, extra] = positionals;
    if (code === undefined || extra !== undefined) {
      const problem = 'explain takes one code.';
      throw new Refusal({ code: 'usage', exitCode: exitCodes.usage, problem, remedy: 'loopbreaker explain --list' });
    }
    const entry = codes.find((one) => one.code === code);
    if (entry === undefined)
      throw unknownCode(
        code,
        codes.map((one) => one.code),
      );
    stdout.write(json ? `${JSON.stringify(entry)}\n` : text(entry, styleFor(stdout, env).width));
    return Promise.resolve(exitCodes.ok);
  },
};

await runIfMain(import.meta.url, command);
