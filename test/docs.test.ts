/** README, CONTRIBUTING and docs: what they name exists, and what they tell to type is tried, or said why not. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertTakes, callIn, commandsByName } from './helpers/commands.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const textOf = (page: string) => readFileSync(path.join(root, page), 'utf8');
const { scripts } = JSON.parse(textOf('package.json'));

/** What the pages, but for the recipes, tell to type in a console, and the test that types it, or why none does. */
const typed: Readonly<Record<string, string>> = {
  'npm install --save-dev loopbreaker': 'newcomer.test.ts',
  'npx loopbreaker init': 'newcomer.test.ts',
  'git add … && git commit -m "chore: adopt loopbreaker"': 'newcomer.test.ts',
  'git push origin main': 'plain git',
  'npx loopbreaker doctor': 'newcomer.test.ts',
  'git switch -c agent/work && npm run loop': 'newcomer.test.ts',
  'npx loopbreaker --help': 'package.test.ts',
  'npm ci': 'it fetches packages; CI begins with it (.ci/run)',
  'npm run demo': 'package.test.ts',
  'npm run doctor': 'doctor-green.test.ts',
  'npm run status': 'status.test.ts',
  'git switch -c agent/work': 'plain git',
  'npm run loop -- --max-iterations 3': 'recipes-agents.test.ts',
  'npm run check': 'it runs the tests; CI runs it (.ci/run)',
};

test('every command of a console block is run by a test, or it is said why not', () => {
  // The recipes have tests of their own, which type every line.
  const prose = pages.filter((page) => !page.startsWith('docs/recipes/'));
  const lines = prose.flatMap((page) => [...textOf(page).matchAll(/^\$ (.*)$/gm)]);
  const commands = new Set(lines.map(([, line = '']) => line.replace(/\s+#.*$/, '')));
  assert.deepEqual(
    [...commands].filter((line) => typed[line] === undefined),
    [],
  );
  assert.deepEqual(
    Object.keys(typed).filter((line) => !commands.has(line)),
    [],
    'nothing is listed that is not told',
  );
  const files = Object.values(typed).filter((where) => where.endsWith('.test.ts'));
  assert.deepEqual(
    files.filter((file) => !existsSync(path.join(root, 'test', file))),
    [],
  );
});

/** Code in running text and in tables: each as it is written, without line breaks. */
function inlineCode(page: string): readonly string[] {
  const prose = textOf(page).replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '');
  return [...prose.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map(([, code = '']) => code.replaceAll(/\s+/g, ' '));
}

test('every command in running text is one that there is, with options that it takes', async () => {
  const commands = await commandsByName();
  for (const page of pages) {
    for (const code of inlineCode(page)) {
      // A line with a place for a name, or the beginning of one, is no command yet.
      if (!/^(npm run|npx loopbreaker) [\w-]/.test(code) || /[<>…]/.test(code)) continue;
      const call = callIn(code);
      const isScript = code.startsWith('npm run') && !commands.has(call.name);
      if (isScript) assert.ok(Object.hasOwn(scripts, call.name), `${page}: ${code}`);
      else assertTakes(commands, call, `${page}: ${code}`);
    }
    for (const [, name = '', cells = ''] of textOf(page).matchAll(/^\| `([\w-]+)` +\|(.*)$/gm)) {
      for (const [, args = ''] of cells.matchAll(/`-- ([^`…]+)`/g)) {
        const line = `npm run ${name} -- ${args}`;
        assertTakes(commands, callIn(line), `${page}: ${line}`);
      }
    }
  }
});

/** The anchor of a heading, as GitHub makes it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .trim()
    .replaceAll(' ', '-');

test('every link to a file, to a heading, and every file of the repository that a page names leads somewhere', () => {
  for (const page of pages) {
    const text = textOf(page).replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '');
    for (const [link, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [file = '', anchor] = target.split('#');
      const to = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
      assert.ok(existsSync(path.join(root, to)), `${page}: ${link}`);
      const headings = [...textOf(to).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
      if (anchor !== undefined) assert.ok(headings.includes(anchor), `${page}: ${link}`);
    }
  }
  for (const page of pages.filter((one) => !one.startsWith('docs/recipes/') && one !== 'docs/codes.md')) {
    for (const code of inlineCode(page).filter((one) =>
      /^(scripts|test|docs|policy|\.ci|\.github)\/[\w./-]+\.\w+$/.test(one),
    )) {
      assert.ok(existsSync(path.join(root, code)), `${page} names ${code}`);
    }
  }
});

test('every page of docs is reached from the README or from the index', () => {
  const linked = ['README.md', 'docs/README.md'].flatMap((page) =>
    [...textOf(page).matchAll(/\]\(([^)#\s]+)/g)].map(([, to = '']) => path.posix.join(path.posix.dirname(page), to)),
  );
  // It is not in the package, whose README would lead nowhere: there it is named without a link.
  const named = /\bCONTRIBUTING\.md\b/.test(textOf('README.md')) ? ['CONTRIBUTING.md'] : [];
  assert.deepEqual(
    pages.filter((page) => ![...linked, ...named].includes(page)),
    [],
  );
});
