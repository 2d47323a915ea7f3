/** JSON documents whose judgement is remembered: the same text under the same schema is as valid as it was. */
import { createHash } from 'node:crypto';
import type { Documents } from '../checks/check.ts';
import type { ParsedDocument } from '../core/documents.ts';
import { locateIn, objectProblem } from './json-places.ts';
import type { Memory } from './memory.ts';
import { parseDocument, parseWithSchema, schemaTextOf } from './schema.ts';

/** Grows when the same schema and text would be judged otherwise, or filled in with other defaults, than before. */
const judgementVersion = 1;

function keyOf(...texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}\0`).update(text);
  return `document${judgementVersion} ${hash.digest('hex')}`;
}

/**
 * Whether a remembered value is the one that the schema accepted. The key holds schema and text, and the memory believes
 * no file that is not byte for byte what was written, so what is there at all was accepted.
 */
function wasAccepted<T>(value: unknown): value is T {
  return value !== undefined && value !== null;
}

/** The door to documents with a memory of the valid ones. What is wrong is judged anew each time. */
export function openDocuments(memory: Memory): Documents {
  const remembering = <T>(key: string, judge: () => ParsedDocument<T>): ParsedDocument<T> => {
    const known = memory.recall(key);
    if (wasAccepted<T>(known)) return { ok: true, value: structuredClone(known) };
    const parsed = judge();
    if (parsed.ok) memory.remember(key, structuredClone(parsed.value));
    return parsed;
  };
  return {
    parse: (kind, text, path) =>
      remembering(keyOf(kind, schemaTextOf(kind), text), () => parseDocument(kind, text, path)),
    parseWithSchema: (schemaText, schemaPath, text, path) =>
      remembering(keyOf('user', schemaText, text), () => parseWithSchema(schemaText, schemaPath, text, path)),
    objectProblem,
    locate: locateIn,
  };
}
