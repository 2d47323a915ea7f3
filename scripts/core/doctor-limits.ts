/** Limits of the output contract (doctor-output.schema.json): what a check quotes may be of any length, what is printed may not. */
import type { Finding } from './doctor.ts';

const textMax = 4000;
const commandsMax = 20;
const findingsMax = 1000;

/** The text, cut off at the limit of the contract. */
export function clipped(text: string): string {
  return text.length <= textMax ? text : `${text.slice(0, textMax - 2)} …`;
}

function bounded(finding: Finding): Finding {
  const { path, line, target, commands, ...rest } = finding;
  const short = commands.length <= commandsMax && commands.every((command) => command.length <= textMax);
  const isUsable = (file: string | undefined): file is string =>
    file !== undefined && file !== '' && file.length <= 4096;
  // A command that is cut off must not be run, so all of them are left out.
  const kept = { problem: clipped(rest.problem), remedy: clipped(rest.remedy), commands: short ? commands : [] };
  const about = isUsable(target) ? { target } : {};
  if (!isUsable(path)) return { ...rest, ...kept, ...about }; // A line of no file says nothing.
  return { ...rest, ...kept, path, ...(line === undefined ? {} : { line }), ...about };
}

/** At most 1,000 findings within the limits, the worst first where some are left out. */
export function boundedList(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length <= findingsMax) return findings.map(bounded);
  const rank = { error: 0, warning: 1, note: 2 } as const;
  const ranked = [...findings].sort((a, b) => rank[a.severity] - rank[b.severity]);
  return ranked.slice(0, findingsMax).map(bounded);
}

/** What stands below findings of which some are left out. */
export function leftOutWords(count: number): string {
  return `${count} more ${count === 1 ? 'finding is' : 'findings are'} not shown; mend the shown ones and run the doctor again`;
}
