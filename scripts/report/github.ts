/** The doctor's result for GitHub Actions: annotations, the worst first, and a step summary with everything. */
import { type DoctorResult, doctorExitCode, type Finding, type Severity } from '../core/doctor.ts';
import { leftOutWords } from '../core/doctor-limits.ts';
import { checkWords, doctorVerdict, printable } from './terminal.ts';

/** Annotations of one kind that GitHub shows of one step (fact 38); more are dropped without a word. */
const annotationsMax = 10;

/** A step summary above this is dropped whole (fact 38). */
export const summaryBytesMax = 1024 * 1024;

const commandOf = { error: 'error', warning: 'warning', note: 'notice' } as const satisfies Record<Severity, string>;

interface Annotation {
  readonly severity: Severity;
  readonly title: string;
  readonly message: string;
  readonly path?: string;
  readonly line?: number;
}

/** Values as the runner reads them back; what would move the cursor of who reads the log is made printable before. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function workflowCommand({ severity, title, message, path, line }: Annotation): string {
  const place =
    path === undefined ? [] : [`file=${property(printable(path))}`, ...(line === undefined ? [] : [`line=${line}`])];
  return `::${commandOf[severity]} ${[...place, `title=${property(title)}`].join(',')}::${data(message)}`;
}

function annotationOf({ code, severity, problem, remedy, commands, path, line }: Finding): Annotation {
  const mending = severity === 'note' ? [] : [`to mend it: ${remedy}`, ...commands.map((command) => `  ${command}`)];
  const place = { ...(path === undefined ? {} : { path }), ...(line === undefined ? {} : { line }) };
  return { severity, title: code, message: [problem, ...mending].map(printable).join('\n'), ...place };
}

/** Checks that could not be done come first among the errors: they fail the step, and nothing else would say why. */
function annotationsOf({ checks }: DoctorResult): readonly Annotation[] {
  const unknown = checks.flatMap(({ id, status, reason = '' }): readonly Annotation[] =>
    status === 'unknown'
      ? [{ severity: 'error', title: `${id} could not be checked`, message: printable(reason) }]
      : [],
  );
  return [...unknown, ...checks.flatMap((check) => check.findings.map(annotationOf))];
}

function atMost(annotations: readonly Annotation[]): readonly Annotation[] {
  const [first] = annotations;
  if (first === undefined || annotations.length <= annotationsMax) return annotations;
  const more = annotations.length - annotationsMax + 1;
  const message = `${more} more of this kind are in the step summary.`;
  const rest: Annotation = { severity: first.severity, title: 'more findings', message };
  return [...annotations.slice(0, annotationsMax - 1), rest];
}

/** Workflow commands, one a line, and the verdict; nothing else, since the runner obeys what looks like a command. */
export function doctorAnnotations(result: DoctorResult): string {
  const all = annotationsOf(result);
  const kinds = ['error', 'warning', 'note'] as const;
  const shown = kinds.flatMap((kind) => atMost(all.filter((one) => one.severity === kind)));
  return `${[...shown.map(workflowCommand), doctorVerdict(result)].join('\n')}\n`;
}

/** Text that Markdown and HTML leave as it is. */
function html(text: string): string {
  return printable(text).replace(/[&<>\\`*_[\]|~@#]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function codeBlock(commands: readonly string[]): readonly string[] {
  const text = commands.map(printable).join('\n');
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}sh`, text, fence];
}

function findingBlock({ code, severity, problem, remedy, commands, path, line }: Finding): string {
  const place = path === undefined ? '' : ` in <code>${html(path)}${line === undefined ? '' : `:${line}`}</code>`;
  const lines = [`**${severity}** <code>${html(code)}</code>${place}`, '', html(problem), ''];
  if (severity !== 'note')
    lines.push(`To mend it: ${html(remedy)}`, '', ...(commands.length > 0 ? codeBlock(commands) : []));
  return `${lines.join('\n')}\n\n`;
}

function head(result: DoctorResult): string {
  const rows = result.checks.map((check) => {
    const rest = check.leftOut === undefined ? '' : `; ${leftOutWords(check.leftOut)}`;
    return `| ${check.status} | ${check.id} | ${html(`${checkWords(check)}${rest}`)} |`;
  });
  const fixes = (result.fixes ?? []).map((fix) => `- ${fix.outcome}: ${html(fix.what)}`);
  const verdict = `**${html(doctorVerdict(result))}** (exit ${doctorExitCode(result)})`;
  const lines = [`## doctor: ${html(result.population)}`, '', verdict, '', ...fixes, ''];
  return `${[...lines, '| status | check | |', '| --- | --- | --- |', ...rows].join('\n')}\n\n`;
}

/** Everything as Markdown in at most `bytesMax` bytes of UTF-8, the worst first; what does not fit is counted at its end. */
export function doctorStepSummary(result: DoctorResult, bytesMax: number = summaryBytesMax): string {
  const rank = { error: 0, warning: 1, note: 2 } as const;
  const findings = result.checks.flatMap((check) => check.findings);
  const blocks = findings.toSorted((a, b) => rank[a.severity] - rank[b.severity]).map(findingBlock);
  const tail = (left: number): string => `${left} more findings do not fit here; \`--json\` has all of them.\n`;
  const room = bytesMax - Buffer.byteLength(tail(blocks.length));
  let text = head(result);
  let used = Buffer.byteLength(text);
  if (used > room) return bytesMax < Buffer.byteLength(tail(blocks.length)) ? '' : tail(blocks.length);
  for (const [index, block] of blocks.entries()) {
    used += Buffer.byteLength(block);
    if (used > room) return text + tail(blocks.length - index);
    text += block;
  }
  return text;
}
