/** What init says of what it did, or would do. */
import type { InitNote } from '../core/init-facts.ts';
import { wrapped } from './terminal.ts';

export interface InitReport {
  readonly ok: true;
  readonly asked: 'adopt' | 'remove';
  readonly did: 'adopted' | 'removed' | 'nothing';
  /** Nothing was touched: it is what would be done. */
  readonly dryRun: boolean;
  readonly files: readonly { readonly path: string; readonly how: 'create' | 'edit' | 'remove' }[];
  readonly notes: readonly InitNote[];
  /** What to type next, in order. */
  readonly next: readonly string[];
}

function headline({ asked, did, dryRun, files, notes }: InitReport): string {
  const count = `${files.length} ${files.length === 1 ? 'file' : 'files'}`;
  const open = notes.some(({ kind }) => kind === 'warning') ? ', but read what is still open below' : '';
  switch (did) {
    case 'nothing':
      if (asked === 'remove') return 'loopbreaker is not set up here, there is nothing to take out.';
      return `loopbreaker is already set up here, nothing to change${open}.`;
    case 'adopted':
      return dryRun ? `loopbreaker would change ${count} here:` : `loopbreaker is set up: ${count}.`;
    case 'removed':
      return dryRun ? `loopbreaker would be taken out of ${count}:` : `loopbreaker was taken out of ${count}.`;
  }
}

function noteLines({ kind, text, command }: InitNote, width: number): readonly string[] {
  const [first = '', ...rest] = wrapped(`${kind === 'warning' ? '!' : '-'} ${text}`, 0, width);
  const lines = [first, ...rest.map((line) => `  ${line}`)];
  return command === null ? lines : [...lines, `      ${command}`];
}

/** The report as text, for a terminal of that many columns. */
export function initText(report: InitReport, width: number): string {
  const { files, notes, next } = report;
  const ordered = [...notes.filter(({ kind }) => kind === 'warning'), ...notes.filter(({ kind }) => kind === 'note')];
  const lines = [
    headline(report),
    ...files.map(({ path, how }) => `  ${how.padEnd(7)} ${path}`),
    ...(ordered.length === 0 ? [] : ['', ...ordered.flatMap((note) => noteLines(note, width - 2))]),
    ...(next.length === 0 ? [] : ['', 'Next:', ...next.map((command) => `  ${command}`)]),
  ];
  return `${lines.join('\n')}\n`;
}
