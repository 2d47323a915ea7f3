/** Rows of script lines and what each runs, as the tests write them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readScriptLine } from '../../scripts/core/script-lines.ts';

/** `x*` is executed itself, `x?` is a pattern, `#x` the name of a script; then how many parts are unknowable. */
export type Row = readonly [line: string, runs: string, unknowable?: number];

/** What a line runs, as a row says it. */
export function runsOf(line: string): string {
  const { targets, names } = readScriptLine(line);
  const files = targets.map(({ path, direct, glob }) => `${path}${direct ? '*' : ''}${glob ? '?' : ''}`);
  return [...files, ...names.map(({ name }) => `#${name}`)].join(' ');
}

/** A test for each row. */
export function checkRows(title: string, rows: readonly Row[]): void {
  for (const [line, runs, unknowable = 0] of rows) {
    test(`${title}: ${line.replaceAll('\n', '\\n')}`, () => {
      assert.equal(runsOf(line), runs);
      assert.equal(readScriptLine(line).unknowable.length, unknowable);
    });
  }
}
