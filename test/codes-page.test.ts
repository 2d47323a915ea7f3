import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { candidateRules } from '../scripts/core/candidate-failures.ts';
import { unclassifiedRule } from '../scripts/core/classify.ts';
import { allCodes } from '../scripts/core/codes.ts';
import { failureClasses } from '../scripts/core/failure.ts';
import { builtInRules } from '../scripts/core/failure-rules.ts';
import { ownRules } from '../scripts/core/own-failures.ts';
import { codeParagraphs, codesPage, explainCode } from '../scripts/report/codes.ts';
import { cleanEnvironment } from './helpers/repository.ts';

const page = readFileSync(new URL('../docs/codes.md', import.meta.url), 'utf8');

function words(text: string): string {
  return text.replaceAll('\\', '').split(/\s+/).join(' ').trim();
}

test('docs/codes.md is what the registry says; npm run docs:codes writes it anew', () => {
  assert.equal(page, codesPage(allCodes()));
});

test('every code is on the page once, in the words of explain', () => {
  const sections = new Map(
    page
      .split(/^### /m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')), part]),
  );
  assert.equal(sections.size, allCodes().length);
  for (const entry of allCodes()) {
    const section = words(sections.get(entry.code)?.split(/^## /m)[0] ?? '');
    assert.equal(section, `${entry.code} ${codeParagraphs(entry).map(words).join(' ')}`);
    assert.equal(words(explainCode(entry, 60)), section.replace(entry.code, `${entry.code} (${entry.kind})`));
  }
});

test('failure classes and the states that status prints are explained like codes', () => {
  const known = new Set(allCodes().map((entry) => entry.code));
  const states = ['closed', 'open', 'half-open', 'held', 'pending', 'quarantined', 'blocked', 'promoted'];
  for (const word of [...failureClasses, ...states]) assert.ok(known.has(word), word);
});

test('every class and subclass that a failure can have is explained', () => {
  const known = new Set(allCodes().map((entry) => entry.code));
  const rules = [...builtInRules, ...Object.values(ownRules), ...Object.values(candidateRules), unclassifiedRule];
  for (const rule of rules)
    assert.ok(known.has(rule.class) && known.has(rule.subclass), `${rule.id}: ${rule.subclass}`);
});

test('no why only says the title again or that something was not claimed, and what is wrong comes with an act', () => {
  for (const { code, kind, title, why, remedy } of allCodes()) {
    assert.notEqual(words(why).toLowerCase(), words(title).toLowerCase(), code);
    assert.doesNotMatch(why, /nothing (more )?is claimed/, code);
    assert.equal(remedy === undefined, kind === 'word', code);
  }
});

test('Markdown takes nothing on the page for markup', () => {
  const body = page.slice(page.indexOf('## '));
  assert.doesNotMatch(body, /(?<!\\)[<*_]/);
});

test('explain --markdown prints the page, --list every code, and one code its words', () => {
  const cli = fileURLToPath(new URL('../scripts/cli.ts', import.meta.url));
  const explain = (...args: readonly string[]) =>
    spawnSync('node', ['--import', 'tsx', cli, 'explain', ...args], { env: cleanEnvironment(), encoding: 'utf8' });
  assert.equal(explain('--markdown').stdout, page);
  assert.equal(explain('--list').stdout.trimEnd().split('\n').length, allCodes().length);
  assert.match(
    explain('path-ignored').stdout,
    /^path-ignored \(finding\)\n {2}a needed file is ignored by git\n {2}why: /,
  );
  assert.match(explain('qa-red', 'path-ignored').stdout, /^qa-red [\s\S]*\n\npath-ignored \(finding\)\n/);
  assert.equal(explain('qa-red', 'no-such-code').status, 2);
});
