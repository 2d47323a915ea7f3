/** What a source file imports, by oxc-parser; nothing of the file is run. */
import path from 'node:path';
import type { Node, Program, StaticExport, StaticImport } from 'oxc-parser';
import type { ImportReference, ParsedModule } from '../core/closure.ts';
import { loadParser, walk } from './parser.ts';

export type { ParsedModule } from '../core/closure.ts';

const sourceExtensions = ['.js', '.mjs', '.cjs', '.jsx', '.ts', '.mts', '.cts', '.tsx'];

/** Whether a path is of a kind whose imports can be read. */
export function isSource(file: string): boolean {
  return sourceExtensions.includes(path.posix.extname(file));
}

/** `import type` and `export type` are erased; `import { type X }` is not under verbatimModuleSyntax, so it counts. */
function isErased(text: string, statement: StaticImport | StaticExport): boolean {
  const allTypes = statement.entries.length > 0 && statement.entries.every((entry) => entry.isType);
  return allTypes && /^(import|export)\s+type\b/.test(text.slice(statement.start, statement.end));
}

/** The text of a literal specifier, a template without holes among them; undefined for anything computed. */
function literalOf(text: string, start: number, end: number): string | undefined {
  return /^(['"`])([^'"`$\\]*)\1$/.exec(text.slice(start, end).trim())?.[2];
}

/** The part of a node in which the program is ready to do without what it loads; null for most nodes. */
function guardedIn(node: Node): Node | null {
  // Only the block: what stands in the handler itself is needed as much as anything else.
  if (node.type === 'TryStatement') return node.handler === null ? null : node.block;
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return null;
  const { object, property } = node.callee;
  return property.type === 'Identifier' && property.name === 'catch' ? object : null;
}

/** What a node loads, where that is written down. */
function loadedBy(text: string, node: Node): ImportReference | null {
  const literal = (kind: ImportReference['kind'], { start, end }: Node): ImportReference | null => {
    const specifier = literalOf(text, start, end);
    return specifier === undefined ? null : { specifier, kind };
  };
  if (node.type === 'ImportExpression') return literal('import', node.source);
  if (node.type === 'TSImportEqualsDeclaration') {
    const { importKind, moduleReference: from } = node;
    if (importKind === 'type' || from.type !== 'TSExternalModuleReference') return null;
    return { specifier: from.expression.value, kind: 'require' };
  }
  if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') return null;
  const [argument] = node.arguments;
  return node.callee.name === 'require' && argument !== undefined ? literal('require', argument) : null;
}

/**
 * Literal `require('…')`, `import x = require('…')` and `import('…')`. Not inside of a `try` that has a `catch`, and
 * not where `.catch(…)` follows: there the program is ready to do without.
 */
function callsIn(text: string, program: Program): readonly ImportReference[] {
  const found: ImportReference[] = [];
  const guarded: Node[] = [];
  walk(program, (node) => {
    const guard = guardedIn(node);
    if (guard !== null) guarded.push(guard);
    const loaded = loadedBy(text, node);
    if (loaded === null || guarded.some(({ start, end }) => node.start >= start && node.start < end)) return;
    found.push(loaded);
  });
  return found;
}

function withoutRepeats(references: readonly ImportReference[]): readonly ImportReference[] {
  const byKey = new Map(references.map((one) => [`${one.kind}\0${one.specifier}`, one]));
  return [...byKey.values()].filter(({ specifier }) => !/^(node|data|https?|file):/.test(specifier));
}

/** The imports of one file, and its syntax errors. A file of another kind imports nothing. */
export async function parseModule(file: string, text: string): Promise<ParsedModule> {
  if (!isSource(file)) return { imports: [], errors: [] };
  const parse = await loadParser();
  const parsed = parse(file, text);
  const { staticImports, staticExports, dynamicImports } = parsed.module;
  const specifiers = [
    ...staticImports
      .filter((statement) => !isErased(text, statement))
      .map((statement) => statement.moduleRequest.value),
    ...staticExports
      .filter((statement) => !isErased(text, statement))
      .flatMap((statement) => statement.entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
  ];
  const calls = dynamicImports.length > 0 || /\brequire\s*\(/.test(text) ? callsIn(text, parsed.program()) : [];
  const imports = withoutRepeats([
    ...specifiers.map((specifier): ImportReference => ({ specifier, kind: 'import' })),
    ...calls,
  ]);
  const errors = parsed.errors.map((error) => ({
    message: error.message,
    line: text.slice(0, error.labels[0]?.start ?? 0).split('\n').length,
  }));
  return { imports, errors };
}

/** What a file imports, in the order in which it is written; empty for a file that is not a program. */
export async function importsIn(file: string, text: string): Promise<readonly ImportReference[]> {
  return (await parseModule(file, text)).imports;
}
