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
  const { path, line, commands, ...rest } = finding;
  const short = commands.length <= commandsMax && commands.every((command) => command.length <= textMax);
  const usable = path !== undefined && path !== '' && path.length <= 4096;
  // A command that is cut off must not be run, so all of them are left out.
  const kept = { problem: clipped(rest.problem), remedy: clipped(rest.remedy), commands: short ? commands : [] };
  if (!usable) return { ...rest, ...kept }; // A line of no file says nothing.
  return { ...rest, ...kept, path, ...(line === undefined ? {} : { line }) };
}

/** At most 1,000 findings, the worst first where some are left out; one more then says how many are. */
export function boundedList(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length <= findingsMax) return findings.map(bounded);
  const rank = { error: 0, warning: 1, note: 2 } as const;
  const ranked = [...findings].sort((a, b) => rank[a.severity] - rank[b.severity]);
  const left = ranked.slice(findingsMax);
  const rest: Finding = {
    code: 'findings-left-out',
    severity: left[0]?.severity ?? 'note',
    problem: `${left.length} more findings of this check are not shown.`,
    remedy: 'mend the shown ones and run the doctor again',
    commands: [],
  };
  return [...ranked.slice(0, findingsMax).map(bounded), rest];
}
