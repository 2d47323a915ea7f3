/** Reads imports from the graded tree for core/closure.ts, each file once, and remembers what does not parse. */
import path from 'node:path';
import type { ClosureSource } from '../core/closure.ts';
import type { Finding } from '../core/doctor.ts';
import type { CheckContext } from './check.ts';

export interface ImportSource extends ClosureSource {
  /** One finding for each file read so far that is not a program. */
  readonly syntaxFindings: () => readonly Finding[];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** package.json `imports`, its plain string entries. The package.json itself is judged by others, so no error here. */
async function aliasesOf(context: CheckContext): Promise<ReadonlyMap<string, string>> {
  const text = await context.tree.read('package.json');
  const parsed: unknown = text === null ? null : parseJson(text);
  const imports = isObject(parsed) && isObject(parsed.imports) ? Object.entries(parsed.imports) : [];
  return new Map(
    imports.flatMap(([name, target]) =>
      typeof target === 'string' && target.startsWith('./') ? [[name, path.posix.normalize(target)] as const] : [],
    ),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** A source over the graded tree. A symbolic link "imports" its target. */
export async function importSource(context: CheckContext): Promise<ImportSource> {
  const { tree, parseModule } = context;
  const broken: Finding[] = [];
  const cache = new Map<string, Promise<readonly string[]>>();
  const read = async (file: string): Promise<readonly string[]> => {
    const text = (await tree.read(file)) ?? '';
    if (tree.entries.get(file)?.mode === '120000') return [text.startsWith('.') ? text : `./${text}`];
    const { specifiers, errors } = await parseModule(file, text);
    const [error] = errors;
    if (error !== undefined) broken.push(syntaxFinding(file, error));
    return specifiers;
  };
  const importsOf = (file: string): Promise<readonly string[]> => {
    const known = cache.get(file) ?? read(file);
    cache.set(file, known);
    return known;
  };
  return { has: tree.has, importsOf, aliases: await aliasesOf(context), syntaxFindings: () => broken };
}

function syntaxFinding(file: string, error: { readonly message: string; readonly line: number }): Finding {
  const problem = `${file}:${error.line} is not a program: ${error.message}`;
  const remedy = `mend the syntax at line ${error.line}`;
  return {
    code: 'file-does-not-parse',
    severity: 'error',
    problem,
    remedy,
    commands: [],
    path: file,
    line: error.line,
  };
}
