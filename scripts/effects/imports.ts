/** What a source file imports, by oxc-parser; nothing of the file is run. The parser, native code, is loaded when it is needed. */
import path from 'node:path';
import type { StaticExport, StaticImport } from 'oxc-parser';
import type { ImportReference, ParsedModule } from '../core/closure.ts';

export type { ParsedModule } from '../core/closure.ts';

type Parser = typeof import('oxc-parser');
type Program = ReturnType<Parser['parseSync']>['program'];

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

/**
 * Literal `require('…')`, `import x = require('…')` and `import('…')`. Not inside of a `try` that has a `catch`, and
 * not where `.catch(…)` follows: there the program is ready to do without.
 */
function callsIn(text: string, program: Program, { Visitor }: Parser): readonly ImportReference[] {
  const found: ImportReference[] = [];
  const guarded: (readonly [number, number])[] = [];
  const isGuarded = (at: number): boolean => guarded.some(([start, end]) => at >= start && at < end);
  const visitor = new Visitor({
    TryStatement: (node) => {
      // Only the block: what stands in the handler itself is needed as much as anything else.
      if (node.handler !== null) guarded.push([node.block.start, node.block.end]);
    },
    CallExpression: (node) => {
      const { callee } = node;
      if (callee.type === 'MemberExpression' && callee.property.type === 'Identifier') {
        if (callee.property.name === 'catch') guarded.push([callee.object.start, callee.object.end]);
        return;
      }
      const [argument] = node.arguments;
      if (callee.type !== 'Identifier' || callee.name !== 'require' || argument === undefined) return;
      const specifier = literalOf(text, argument.start, argument.end);
      if (specifier !== undefined && !isGuarded(node.start)) found.push({ specifier, kind: 'require' });
    },
    ImportExpression: (node) => {
      const specifier = literalOf(text, node.source.start, node.source.end);
      if (specifier !== undefined && !isGuarded(node.start)) found.push({ specifier, kind: 'import' });
    },
    TSImportEqualsDeclaration: (node) => {
      if (node.importKind === 'type' || node.moduleReference.type !== 'TSExternalModuleReference') return;
      found.push({ specifier: node.moduleReference.expression.value, kind: 'require' });
    },
  });
  visitor.visit(program);
  return found;
}

function withoutRepeats(references: readonly ImportReference[]): readonly ImportReference[] {
  const byKey = new Map(references.map((one) => [`${one.kind}\0${one.specifier}`, one]));
  return [...byKey.values()].filter(({ specifier }) => !/^(node|data|https?|file):/.test(specifier));
}

/** The imports of one file, and its syntax errors. A file of another kind imports nothing. */
export async function parseModule(file: string, text: string): Promise<ParsedModule> {
  if (!isSource(file)) return { imports: [], errors: [] };
  const parser = await import('oxc-parser');
  const parsed = parser.parseSync(file, text);
  const { staticImports, staticExports, dynamicImports } = parsed.module;
  const specifiers = [
    ...staticImports
      .filter((statement) => !isErased(text, statement))
      .map((statement) => statement.moduleRequest.value),
    ...staticExports
      .filter((statement) => !isErased(text, statement))
      .flatMap((statement) => statement.entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
  ];
  const calls = dynamicImports.length > 0 || /\brequire\s*\(/.test(text) ? callsIn(text, parsed.program, parser) : [];
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
