/** The one door to JSON documents: parse, validate, fill in defaults, and say where something is wrong. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Ajv, Schema, SchemaObject, ValidateFunction } from 'ajv';
import { type DocumentProblem, type ParsedDocument, placed } from '../core/documents.ts';
import { exitCodes, messageOf, Refusal } from '../core/outcome.ts';
import { problemOf } from '../core/schema-errors.ts';
import { duplicateKeys, locateIn, locateKeyIn, syntaxProblem } from './json-places.ts';
import { compiledAhead, loadAjv, loadAjv2020 } from './late-packages.ts';
import { home } from './program.ts';

export type { DocumentProblem, ParsedDocument } from '../core/documents.ts';

/**
 * What the program writes for others and never reads itself. Tests hold it to these schemas; in the package nothing does, so
 * it has no validators for them that were compiled ahead.
 */
export const writtenKinds = [
  'alert',
  'auto-promote-dry-run',
  'auto-promote-output',
  'classify-output',
  'init-output',
  'journal-event',
  'night-output',
  'run-output',
  'status-output',
  'worktrees-output',
] as const;

type WrittenKind = (typeof writtenKinds)[number];

export type DocumentKind =
  | WrittenKind
  | 'runtime-manifest'
  | 'loop'
  | 'promote'
  | 'breaker'
  | 'failure-classes'
  | 'controller'
  | 'verdict'
  | 'promote-result'
  | 'checkpoint'
  | 'owner'
  | 'gate-record'
  | 'doctor-output';

/** No document that we read is anywhere near this; a bigger one is a mistake and not worth the memory. */
const textLengthMax = 1024 * 1024;

/** Problems reported of one document; more would hide the first. */
const problemsMax = 50;

/** How our own schemas are compiled, here and when the package is built. */
export const schemaOptions = {
  allErrors: true,
  useDefaults: true,
  verbose: true,
  strict: true,
  allowUnionTypes: true,
} as const;
let ajv: Ajv | undefined;
const validators = new Map<DocumentKind, ValidateFunction>();
const schemaTexts = new Map<DocumentKind, string>();

/** Text of our own schema of a kind, read once. Throws a Refusal (78) when it is gone. */
export function schemaTextOf(kind: DocumentKind): string {
  const known = schemaTexts.get(kind) ?? withOwnSchema(kind, (file) => readFileSync(file, 'utf8'));
  schemaTexts.set(kind, known);
  return known;
}

function schemaOf(kind: DocumentKind): Schema {
  return withOwnSchema(kind, () => JSON.parse(schemaTextOf(kind)));
}

function withOwnSchema<T>(kind: DocumentKind, read: (file: string) => T): T {
  const file = path.join(home, 'policy/schema', `${kind}.schema.json`);
  try {
    return read(file);
  } catch (error) {
    throw new Refusal({
      code: 'schema-unusable',
      exitCode: exitCodes.configFatal,
      problem: `loopbreaker's own schema ${file} cannot be used: ${messageOf(error)}`,
      remedy:
        'install the packages anew (npm ci, or as your package manager calls it), or restore the file: git checkout HEAD -- policy/schema',
    });
  }
}

function compiledNow(kind: DocumentKind): ValidateFunction {
  ajv ??= new (loadAjv().Ajv)(schemaOptions);
  return ajv.compile(schemaOf(kind));
}

function isWritten(kind: DocumentKind): kind is WrittenKind {
  return writtenKinds.some((one) => one === kind);
}

function validatorOf(kind: DocumentKind): ValidateFunction {
  const known = validators.get(kind);
  if (known !== undefined) return known;
  const compiled = (isWritten(kind) ? null : compiledAhead(kind)) ?? compiledNow(kind);
  validators.set(kind, compiled);
  return compiled;
}

function accepts<T>(validate: ValidateFunction, value: unknown): value is T {
  return validate(value) === true;
}

// ajv reports a failed if/then twice: the reason, and that there was one.
function problemsOf(validate: ValidateFunction, path: string): readonly DocumentProblem[] {
  const errors = (validate.errors ?? []).filter((error) => error.keyword !== 'if').slice(0, problemsMax);
  return errors.map((error) => ({ ...problemOf(error), path }));
}

function placedIn(text: string, problem: DocumentProblem): DocumentProblem {
  const atKey = problem.code === 'document-unknown-key';
  return placed(problem, atKey ? locateKeyIn(text, problem.pointer) : locateIn(text, problem.pointer));
}

/** The number of keys that the text writes: in valid JSON a string before a colon is a key and nothing else is. */
function keysWritten(text: string): number {
  let count = 0;
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (match[1] !== undefined) count += 1;
  return count;
}

function keysKept(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const children: readonly unknown[] = Object.values(value);
  const own = Array.isArray(value) ? 0 : children.length;
  return children.reduce((sum: number, child) => sum + keysKept(child), own);
}

function refuseText(text: string, path: string): DocumentProblem | undefined {
  const base = { code: 'document-not-json', path, pointer: '', allowed: 'JSON' } as const;
  if (text.charCodeAt(0) === 0xfeff) {
    const problem = 'The file begins with a byte order mark, which JSON does not have.';
    return { ...base, problem, found: 'a byte order mark', remedy: 'save it as UTF-8 without BOM', line: 1, column: 1 };
  }
  if (text.length > textLengthMax) {
    const problem = `The file is longer than ${textLengthMax} characters.`;
    return { ...base, problem, found: `${text.length} characters`, remedy: 'make the file shorter' };
  }
  return undefined;
}

function parseText(text: string, path: string): ParsedDocument<unknown> {
  const refused = refuseText(text, path);
  if (refused !== undefined) return { ok: false, problems: [refused] };
  try {
    const value: unknown = JSON.parse(text);
    if (keysWritten(text) === keysKept(value)) return { ok: true, value };
    return { ok: false, problems: duplicateKeys(text, path) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { ok: false, problems: [syntaxProblem(text, path)] };
  }
}

function parseAgainst<T>(validate: ValidateFunction, text: string, path: string): ParsedDocument<T> {
  const parsed = parseText(text, path);
  if (!parsed.ok) return parsed;
  const value: unknown = parsed.value;
  if (accepts<T>(validate, value)) return { ok: true, value };
  return { ok: false, problems: problemsOf(validate, path).map((problem) => placedIn(text, problem)) };
}

/**
 * The document in `text`, valid and with its schema's defaults filled in, or every problem with line, column and
 * pointer. T must be the type that the schema of `kind` describes. Throws a Refusal (78) when our own schema is gone.
 */
export function parseDocument<T>(kind: DocumentKind, text: string, path: string): ParsedDocument<T> {
  return parseAgainst<T>(validatorOf(kind), text, path);
}

/** What is wrong with a value that is about to be written or printed, judged as the JSON that it would become. */
export function validateDocument(kind: DocumentKind, value: unknown, path: string): readonly DocumentProblem[] {
  const written: unknown = JSON.parse(JSON.stringify(value) ?? 'null');
  const validate = validatorOf(kind);
  return validate(written) === true ? [] : problemsOf(validate, path);
}

function compileUserSchema(schema: Schema, declared: string): ValidateFunction {
  const lenient = { ...schemaOptions, strict: false, validateFormats: false, logger: false } as const;
  if (!/2019-09|2020-12/.test(declared)) return new (loadAjv().Ajv)(lenient).compile(schema);
  return new (loadAjv2020().Ajv2020)(lenient).compile(schema);
}

function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same as parseDocument against a schema of the user's own (draft-07, 2019-09 or 2020-12). */
export function parseWithSchema(
  schemaText: string,
  schemaPath: string,
  text: string,
  path: string,
): ParsedDocument<unknown> {
  const parsed = parseText(schemaText, schemaPath);
  if (!parsed.ok) return parsed;
  const schema: unknown = parsed.value;
  const unusable = (problem: string): ParsedDocument<unknown> => {
    const remedy = `mend the schema ${schemaPath}, or leave "schema" out of the manifest`;
    const base = { code: 'schema-unusable', path: schemaPath, pointer: '', found: '', allowed: '' } as const;
    return { ok: false, problems: [{ ...base, problem, remedy }] };
  };
  if (!isSchemaObject(schema)) return unusable('A JSON schema must be an object.');
  try {
    return parseAgainst(compileUserSchema(schema, String(schema.$schema ?? '')), text, path);
  } catch (error) {
    return unusable(`This is not a JSON schema that can be used: ${messageOf(error)}.`);
  }
}
