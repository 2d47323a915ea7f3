/** The demo is what a newcomer sees first: it must hold, end to end, and leave nothing behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executeDirectly } from '../scripts/effects/process.ts';
import type { DemoReport } from '../scripts/report/demo.ts';

test('npm run demo plays four chapters whose every fact holds', async () => {
  const argv = [process.execPath, '--import', 'tsx', 'scripts/cli.ts', 'demo', '--json'] as const;
  const end = await executeDirectly({ argv: [...argv], cwd: process.cwd(), env: process.env });
  const report: DemoReport = JSON.parse(end.stdout);
  const wrong = report.chapters.flatMap((chapter) => chapter.facts.filter((fact) => !fact.held));
  assert.deepEqual(wrong, []);
  assert.equal(end.exitCode, 0, end.stderr);
  assert.deepEqual(
    report.chapters.map(({ chapter }) => chapter),
    ['healthy', 'the incident', 'the cure', 'red QA'],
  );
  assert.ok(report.chapters.every(({ facts }) => facts.length >= 4));
  assert.ok(report.naive.attempts > 1, 'the naive loop really loops');
  assert.equal(report.leftBehind, false);
});
