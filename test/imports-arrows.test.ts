import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Relative to the repository; the bare specifier of a package. */
  readonly to: string;
  readonly typeOnly: boolean;
  /** By import(). */
  readonly isLate: boolean;
}

function importsOf(from: string): readonly Import[] {
  const text = readFileSync(path.join(root, from), 'utf8');
  const { staticImports, staticExports, dynamicImports } = parseSync(from, text).module;
  const typeOnly = (entries: readonly { readonly isType: boolean }[]) =>
    entries.length > 0 && entries.every((entry) => entry.isType);
  const found = [
    ...staticImports.map((one) => ({
      specifier: one.moduleRequest.value,
      typeOnly: typeOnly(one.entries),
      isLate: false,
    })),
    ...staticExports.flatMap((one) =>
      one.entries.flatMap((entry) =>
        entry.moduleRequest === null
          ? []
          : [{ specifier: entry.moduleRequest.value, typeOnly: entry.isType, isLate: false }],
      ),
    ),
    ...dynamicImports.map((one) => {
      const specifier = text.slice(one.moduleRequest.start, one.moduleRequest.end).replace(/^['"`]|['"`]$/g, '');
      return { specifier, typeOnly: false, isLate: true };
    }),
  ];
  return found.map((one) => {
    const isRelative = one.specifier.startsWith('.');
    const to = isRelative ? path.posix.join(path.posix.dirname(from), one.specifier) : one.specifier;
    return { ...one, from, to };
  });
}

const files = readdirSync(path.join(root, 'scripts'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => path.posix.join('scripts', file));
const imports = files.flatMap(importsOf);

type Layer = 'core' | 'effects' | 'checks' | 'promote' | 'report' | 'commands' | 'package';

function layerOf(file: string): Layer {
  const folder = /^scripts\/(core|effects|checks|promote|report)\//.exec(file)?.[1];
  switch (folder) {
    case 'core':
    case 'effects':
    case 'checks':
    case 'promote':
    case 'report':
      return folder;
    default:
      return file.startsWith('scripts/') ? 'commands' : 'package';
  }
}

/** Design section 11: what each layer may import as a value. Everything may be imported as a type, but by core. */
const arrows: Readonly<Record<Layer, readonly Layer[]>> = {
  core: ['core', 'package'],
  effects: ['core', 'effects', 'package'],
  checks: ['core', 'checks', 'package'],
  promote: ['core', 'promote', 'package'],
  report: ['core', 'report', 'package'],
  commands: ['core', 'effects', 'checks', 'promote', 'report', 'commands', 'package'],
  package: [],
};

function isAllowed({ from, to, typeOnly }: Import): boolean {
  const [source, target] = [layerOf(from), layerOf(to)];
  if (arrows[source].includes(target)) return true;
  // A type brings no code with it. Only core knows nobody, not even by type.
  return typeOnly && source !== 'core';
}

function show({ from, to }: Import): string {
  return `${from} -> ${to}`;
}

test('there are import lines to read', () => {
  assert(imports.length > 100, `${imports.length} imports of ${files.length} files`);
});

test('imports point one way: commands to checks, promote and report, all to core, effects to core', () => {
  assert.deepEqual(imports.filter((one) => !isAllowed(one)).map(show), []);
});

test('core is pure: of Node it uses only paths, hashes and text functions', () => {
  const impure = imports.filter(
    ({ from, to }) =>
      layerOf(from) === 'core' && to.startsWith('node:') && !['node:path', 'node:crypto', 'node:util'].includes(to),
  );
  assert.deepEqual(impure.map(show), []);
});

test('checks, promote and report do nothing to the world themselves', () => {
  const harmless = ['node:path', 'node:crypto', 'node:url', 'node:util'];
  const acting = imports.filter(
    ({ from, to, typeOnly }) =>
      ['checks', 'promote', 'report'].includes(layerOf(from)) &&
      to.startsWith('node:') &&
      !typeOnly &&
      !harmless.includes(to),
  );
  assert.deepEqual(acting.map(show), []);
});

test('the doctor and the hooks never load zx', () => {
  for (const start of ['scripts/doctor.ts', 'scripts/hook.ts']) {
    const seen = new Set([start]);
    for (const file of seen) {
      for (const one of imports.filter((each) => each.from === file && !each.typeOnly)) {
        assert(!/^zx($|\/)/.test(one.to), `${start} loads zx by way of ${file}`);
        if (one.to.startsWith('scripts/')) seen.add(one.to);
      }
    }
    assert(seen.size > 10);
  }
});

test('the pre-commit hook loads no child processes and no cryptography of Node where nothing has to be examined', () => {
  const seen = new Set(['scripts/cli.ts', 'scripts/hook.ts']);
  for (const file of seen) {
    for (const { to } of imports.filter((each) => each.from === file && !each.typeOnly && !each.isLate)) {
      assert(!['node:child_process', 'node:crypto'].includes(to), `${file} imports ${to}`);
      if (to.startsWith('scripts/')) seen.add(to);
    }
  }
  assert(seen.size > 10);
});

test('every relative import names its file with the extension .ts', () => {
  const wrong = imports.filter(({ specifier, to }) => specifier.startsWith('.') && !files.includes(to));
  assert.deepEqual(wrong.map(show), []);
});
