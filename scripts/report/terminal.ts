/** The doctor's result for a person at a terminal: wrapped to its width, in colour only where colour is wanted. */
import {
  type CheckResult,
  type DoctorResult,
  doctorExitCode,
  type Finding,
  type FixResult,
  type Status,
  subjectOf,
} from '../core/doctor.ts';
import { leftOutWords } from '../core/doctor-limits.ts';
import { findingCodes } from '../core/finding-codes.ts';

export interface TerminalStyle {
  /** Columns. Commands are never wrapped, so that they can be copied. */
  readonly width: number;
  readonly colour: boolean;
}

interface TerminalStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** The style for a stream: 80 columns when it is no terminal, or one that does not say; NO_COLOR and FORCE_COLOR as everybody reads them. */
export function styleFor(stream: TerminalStream, env: NodeJS.ProcessEnv): TerminalStyle {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  const refused = env.NO_COLOR !== undefined && env.NO_COLOR !== '';
  const capable = stream.isTTY === true && env.TERM !== 'dumb';
  return { width: Math.max(30, stream.columns || 80), colour: !refused && (forced || capable) };
}

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

function paint(text: string, colour: keyof typeof codes, style: TerminalStyle): string {
  return style.colour ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
}

const colourOf = {
  pass: 'green',
  warn: 'yellow',
  fail: 'red',
  unknown: 'yellow',
  skip: 'dim',
} as const satisfies Record<Status, keyof typeof codes>;
const colourOfSeverity = { error: 'red', warning: 'yellow', note: 'dim' } as const;

/** The text with what would move the cursor or forge a line shown as an escape. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
  const control = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
  return text.replace(control, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A name or a value in a command, as core/shell-word.ts writes it. */
const argument = String.raw`(?!-)(?:'[^'\s]*'|\\.|[^\s'";\\])+`;

/** A command of ours: to the end of its reason where it has one, since a part of it is another command; else its options. */
const ownCommand = new RegExp(
  String.raw`npm run [\w:-]+(?: --(?: ${argument})?(?: --[\w-]+(?: ${argument})?){0,4} --why "[^"]*"| --(?: --run [\w-]+| -[\w-]+)+)?`,
  'g',
);

/** Words that stay on one line: each command of ours is one of them. */
function wordsOf(text: string): readonly string[] {
  const glue = '\0';
  const glued = printable(text).replace(ownCommand, (command) => command.replaceAll(' ', glue));
  return glued.split(' ').map((word) => word.replaceAll(glue, ' '));
}

/**
 * The text in lines of at most `width` columns, each behind `indent` spaces. A longer word has a line of its own, and so has
 * a command, which is never broken: it is there to be copied.
 */
export function wrapped(text: string, indent: number, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of wordsOf(text)) {
    if (line !== '' && indent + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((one) => ' '.repeat(indent) + one);
}

const findingIndent = 4;

/** What the report has said already: a why is said once a code, a remedy once a code and path. */
type Said = Set<string>;

function isNew(said: Said, words: string): boolean {
  const fresh = !said.has(words);
  said.add(words);
  return fresh;
}

function findingLines(finding: Finding, said: Said, style: TerminalStyle): readonly string[] {
  const { code, severity, problem, remedy, commands, path, line } = finding;
  const text = (words: string) => wrapped(words, findingIndent + 2, style.width);
  const head = (more: string) =>
    wrapped(`${severity} ${code}${more}`, findingIndent, style.width).map((line) =>
      paint(line, colourOfSeverity[severity], style),
    );
  const place = `${path}:${line}`;
  const isPlaced = line !== undefined && !problem.includes(place);
  const told = [...text(problem), ...(isPlaced ? text(`at ${place}`) : [])];
  if (severity === 'note') return [...head(''), ...told];
  const isNewCode = isNew(said, code);
  if (!isNew(said, `${code} ${subjectOf(finding)}`)) return [...head(' (more as above)'), ...told];
  const why = isNewCode ? text(`why: ${findingCodes[code].why}`).map((line) => paint(line, 'dim', style)) : [];
  const mend = [
    ...text(`to mend it: ${remedy}`),
    ...commands.map((line) => ' '.repeat(findingIndent + 6) + paint(printable(line), 'cyan', style)),
  ];
  return [...head(isNewCode ? '' : ' (why: as above)'), ...told, ...why, ...mend];
}

/** What stands beside a check: its title, which says what is well, only when it is; else what was found, or why not. */
export function checkWords({ status, title, reason, findings }: CheckResult): string {
  if (status === 'pass') return title;
  const found = (['error', 'warning'] as const).flatMap((severity) => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return number === 0 ? [] : [count(number, severity, `${severity}s`)];
  });
  return [...found, ...(reason === undefined ? [] : [reason])].join('; ');
}

function checkLines(check: CheckResult, idWidth: number, style: TerminalStyle): readonly string[] {
  const start = 2 + 'unknown'.length + 2 + idWidth + 2;
  const narrow = style.width < start + 20;
  const [first = '', ...rest] = wrapped(checkWords(check), narrow ? findingIndent : start, style.width);
  const head = `  ${paint(check.status.padEnd(7), colourOf[check.status], style)}  ${check.id.padEnd(narrow ? 0 : idWidth)}`;
  return narrow ? [head, first, ...rest] : [`${head}  ${first.trimStart()}`, ...rest];
}

const fixWords = { proposed: 'would mend', done: 'mended', failed: 'not mended' } as const;
const colourOfFix = { proposed: 'cyan', done: 'green', failed: 'red' } as const;

function fixLines({ check, what, outcome, why }: FixResult, style: TerminalStyle): readonly string[] {
  const text = `${fixWords[outcome]} (${check}): ${what}${why === undefined ? '' : `: ${why}`}`;
  return wrapped(text, 2, style.width).map((line) => paint(line, colourOfFix[outcome], style));
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** The last line of every form of the report: whether it is fit to run, and how many checks say so. */
export function doctorVerdict(result: DoctorResult): string {
  const { summary, checks } = result;
  const of = `of ${count(checks.length, 'check', 'checks')}`;
  const rest = [
    summary.warn > 0 ? `${count(summary.warn, 'warning', 'warnings')}` : '',
    summary.unknown > 0 ? `${summary.unknown} could not be checked` : '',
    summary.skip > 0 ? `${summary.skip} skipped` : '',
  ].filter((part) => part !== '');
  const more = rest.length === 0 ? '' : ` (${rest.join(', ')})`;
  switch (doctorExitCode(result)) {
    case 1:
      return `not fit to run: ${summary.fail} ${of} failed${more}`;
    case 75:
      return `not known to be fit: ${summary.unknown} ${of} could not be done${more}`;
    default:
      return `fit to run: ${summary.pass} ${of} passed${more}`;
  }
}

function isTrouble(check: CheckResult): boolean {
  return check.status === 'fail' || check.status === 'unknown';
}

/**
 * The whole report, ending in a newline: the population first, the verdict last. `troubleOnly` leaves out what passed,
 * was skipped or is a note, for places where a person only wants to know why not.
 */
export function formatDoctor(
  result: DoctorResult,
  style: TerminalStyle,
  { troubleOnly = false }: { readonly troubleOnly?: boolean } = {},
): string {
  const idWidth = Math.max(0, ...result.checks.map((check) => check.id.length));
  const last = wrapped(doctorVerdict(result), 0, style.width);
  const said: Said = new Set();
  const body = result.checks
    .filter((check) => !troubleOnly || isTrouble(check))
    .flatMap((check) => {
      const lines = [...checkLines(check, idWidth, style)];
      for (const finding of check.findings) {
        if (troubleOnly && finding.severity === 'note') continue;
        lines.push(...findingLines(finding, said, style));
      }
      if (check.leftOut !== undefined) lines.push(...wrapped(leftOutWords(check.leftOut), findingIndent, style.width));
      return lines;
    });
  const lines = [
    ...wrapped(`doctor: ${result.population}`, 0, style.width).map((line) => paint(line, 'bold', style)),
    ...(result.fixes ?? []).flatMap((fix) => fixLines(fix, style)),
    ...(result.fixes?.length === 0 ? wrapped('nothing that can be mended unattended', 2, style.width) : []),
    ...body,
    ...last.map((line) => paint(line, result.ok ? 'green' : 'red', style)),
  ];
  return `${lines.join('\n')}\n`;
}
