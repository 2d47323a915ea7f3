/** The registry of codes for people: on a terminal (`explain`) and as a page (docs/codes.md), the same words in both. */
import type { CodeEntry } from '../core/codes.ts';
import { wrapped } from './terminal.ts';

/** What is said of a code, one paragraph a line; without a break, so that it can be wrapped anywhere. */
export function codeParagraphs({ title, why, remedy, checks = [] }: CodeEntry): readonly string[] {
  const found = checks.length === 0 ? [] : [`found by: ${checks.join(', ')}`];
  return [title, `why: ${why}`, `to mend it: ${remedy}`, ...found];
}

/** One code for a terminal of that width, ending in a newline. */
export function explainCode(entry: CodeEntry, width: number): string {
  const lines = codeParagraphs(entry).flatMap((paragraph) => wrapped(paragraph, 2, width));
  return `${[`${entry.code} (${entry.kind})`, ...lines].join('\n')}\n`;
}

/** Text that Markdown leaves as it is. */
function plain(text: string): string {
  return text.replace(/[\\`*_[\]<>|&]/g, '\\$&');
}

const kinds = {
  finding: 'Findings of the doctor',
  failure: 'Failures of a run',
  refusal: 'Refusals of a command',
} as const satisfies Record<CodeEntry['kind'], string>;

function section(entries: readonly CodeEntry[], kind: CodeEntry['kind']): string {
  const parts = entries
    .filter((entry) => entry.kind === kind)
    .map((entry) => `### ${entry.code}\n\n${codeParagraphs(entry).map(plain).join('\n\n')}\n`);
  return `## ${kinds[kind]}\n\n${parts.join('\n')}`;
}

/** docs/codes.md: every code of the registry, in its order, ending in a newline. */
export function codesPage(entries: readonly CodeEntry[]): string {
  const intro =
    'What each code means, why it matters and how it is mended: the same words as `npx loopbreaker explain <code>`.\nWritten by `npm run docs:codes` from the registry in `scripts/core`; edit it there.';
  const sections = [section(entries, 'finding'), section(entries, 'failure'), section(entries, 'refusal')];
  return `# Codes\n\n${intro}\n\n${sections.join('\n')}`;
}
