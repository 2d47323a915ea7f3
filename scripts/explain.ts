/** `loopbreaker explain <code>`: what a finding, a failure rule or a refusal means, why it matters, how to mend it. */
import { type Command, runIfMain } from './command.ts';
import { allCodes } from './core/codes.ts';
import { nearestWord } from './core/documents.ts';
import { exitCodes, Refusal } from './core/outcome.ts';
import { codesPage, explainCode } from './report/codes.ts';
import { helpText } from './report/help.ts';
import { styleFor } from './report/terminal.ts';

const usage = `
npx loopbreaker explain <code> …
npx loopbreaker explain --list | --markdown

What a code means, why it matters here, and how to mend it. Codes are printed by the doctor, by status and in the
journal; failure classes and the words of output (quarantined, half-open, evidence …) are explained too. --markdown
prints all of them as one page (docs/codes.md).

Exit codes: 0 explained, 2 there is no such code.

Examples:
  npx loopbreaker explain path-ignored
  npx loopbreaker explain config-fatal
  npx loopbreaker explain --list
`;

function unknownCode(code: string, known: readonly string[]): Refusal {
  const guess = nearestWord(code, known);
  return new Refusal({
    code: 'usage',
    exitCode: exitCodes.usage,
    problem: `There is no code "${code}"${guess === undefined ? '.' : ` - did you mean "${guess}"?`}`,
    remedy: `npx loopbreaker explain ${guess ?? '--list'}`,
  });
}

export const command: Command = {
  name: 'explain',
  summary: 'what a code means, why it matters, how to mend it',
  usage,
  positionalsMax: 8,
  options: { list: { type: 'boolean' }, markdown: { type: 'boolean' } },
  run: ({ positionals, values, json, stdout, env }) => {
    const codes = allCodes();
    if (values.list === true) {
      const lines = codes.map((entry) => `${entry.code.padEnd(32)}${entry.title}`).join('\n');
      const columns = stdout.isTTY ? stdout.columns : undefined;
      stdout.write(json ? `${JSON.stringify(codes)}\n` : helpText(lines, columns));
      return Promise.resolve(exitCodes.ok);
    }
    if (values.markdown === true) {
      stdout.write(codesPage(codes));
      return Promise.resolve(exitCodes.ok);
    }
    if (positionals.length === 0) {
      const problem = 'explain takes a code, or several.';
      throw new Refusal({
        code: 'usage',
        exitCode: exitCodes.usage,
        problem,
        remedy: 'npx loopbreaker explain --list',
      });
    }
    const known = codes.map(({ code }) => code);
    const { width } = styleFor(stdout, env);
    const told = positionals.map((code) => {
      const entry = codes.find((one) => one.code === code);
      if (entry === undefined) throw unknownCode(code, known);
      return json ? `${JSON.stringify(entry)}\n` : explainCode(entry, width);
    });
    stdout.write(told.join(json ? '' : '\n'));
    return Promise.resolve(exitCodes.ok);
  },
};

runIfMain(import.meta.filename, command);
