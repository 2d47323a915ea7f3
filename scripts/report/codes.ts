/** The registry of codes for people: on a terminal (`explain`) and as a page (docs/codes.md), the same words in both. */
import type { CodeEntry } from '../core/codes.ts';
import { wrapped } from './terminal.ts';

/** What is said of a code, one paragraph a line; without a break, so that it can be wrapped anywhere. */
export function codeParagraphs({ title, why, remedy, checks = [] }: CodeEntry): readonly string[] {
  const found = checks.length === 0 ? [] : [`found by: ${checks.join(', ')}`];
  const mend = remedy === undefined ? [] : [`to mend it: ${remedy}`];
  return [title, `why: ${why}`, ...mend, ...found];
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

/** The sections of the page, in this order. */
const sections: readonly (readonly [kind: CodeEntry['kind'], title: string])[] = [
  ['finding', 'Findings of the doctor'],
  ['failure', 'Failures of a run'],
  ['refusal', 'Refusals of a command'],
  ['subclass', 'Kinds of failure'],
  ['class', 'Failure classes'],
  ['word', 'Words'],
];

function sectionText(entries: readonly CodeEntry[], kind: CodeEntry['kind'], title: string): string {
  const parts = entries
    .filter((entry) => entry.kind === kind)
    .map((entry) => `### ${entry.code}\n\n${codeParagraphs(entry).map(plain).join('\n\n')}\n`);
  return `## ${title}\n\n${parts.join('\n')}`;
}

/** docs/codes.md: every code of the registry, in its order, ending in a newline. */
export function codesPage(entries: readonly CodeEntry[]): string {
  const intro =
    'What each code means, why it matters and how it is mended: the same words as `npx loopbreaker explain <code>`.\nWritten by `npm run docs:codes` from the registry in `scripts/core`; edit it there.';
  const parts = sections.map(([kind, title]) => sectionText(entries, kind, title));
  return `# Codes\n\n${intro}\n\n${parts.join('\n')}`;
}
