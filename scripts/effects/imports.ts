/** What a source file imports, by oxc-parser; nothing of the file is run. Load this lazily: the parser is native code. */
import path from 'node:path';
import { parseSync, type StaticExport, type StaticImport, Visitor } from 'oxc-parser';

export interface ParsedModule {
  /** Relative and `#` specifiers, each once: static imports and re-exports, literal dynamic imports and requires. */
  readonly specifiers: readonly string[];
  /** Why the file is not a program at all, and where. */
  readonly errors: readonly { readonly message: string; readonly line: number }[];
}

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

function literalAt(text: string, start: number, end: number): readonly string[] {
  const match = /^(['"`])([^'"`$\\]*)\1$/.exec(text.slice(start, end).trim());
  return match?.[2] === undefined ? [] : [match[2]];
}

/** Literal `require('…')` calls outside of try blocks: inside one, the program is ready to do without. */
function requiresIn(program: ReturnType<typeof parseSync>['program']): readonly string[] {
  const found: string[] = [];
  let tries = 0;
  const visitor = new Visitor({
    TryStatement: () => {
      tries += 1;
    },
    'TryStatement:exit': () => {
      tries -= 1;
    },
    CallExpression: (node) => {
      const [argument] = node.arguments;
      const isRequire = node.callee.type === 'Identifier' && node.callee.name === 'require';
      if (!isRequire || tries > 0 || argument?.type !== 'Literal') return;
      if (typeof argument.value === 'string') found.push(argument.value);
    },
  });
  visitor.visit(program);
  return found;
}

/** The imports of one file, and its syntax errors. A file of another kind imports nothing. */
export function parseModule(file: string, text: string): ParsedModule {
  if (!isSource(file)) return { specifiers: [], errors: [] };
  const parsed = parseSync(file, text);
  const { staticImports, staticExports, dynamicImports } = parsed.module;
  const all = [
    ...staticImports
      .filter((statement) => !isErased(text, statement))
      .map((statement) => statement.moduleRequest.value),
    ...staticExports
      .filter((statement) => !isErased(text, statement))
      .flatMap((statement) => statement.entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
    ...dynamicImports.flatMap((call) => literalAt(text, call.moduleRequest.start, call.moduleRequest.end)),
    ...(/\brequire\s*\(/.test(text) ? requiresIn(parsed.program) : []),
  ];
  const specifiers = [...new Set(all)].filter((specifier) => /^(\.{1,2}(\/|$)|#)/.test(specifier));
  const errors = parsed.errors.map((error) => ({
    message: error.message,
    line: text.slice(0, error.labels[0]?.start ?? 0).split('\n').length,
  }));
  return { specifiers, errors };
}

/** The relative and `#` specifiers that a file imports; empty for a file that is not a program. */
export function importsIn(file: string, text: string): readonly string[] {
  return parseModule(file, text).specifiers;
}
