/** JSON as the common formatters leave it: a list stays on one line where it fits, an object never does. Pure. */
import { isJsonObject } from './json-value.ts';

/** prettier's own width, and the narrower one of the two usual formatters. */
const columnsMax = 80;

function onOneLine(value: unknown): string | null {
  if (isJsonObject(value)) return Object.keys(value).length === 0 ? '{}' : null;
  if (!Array.isArray(value)) return JSON.stringify(value);
  const parts = value.map(onOneLine);
  return parts.includes(null) ? null : `[${parts.join(', ')}]`;
}

function textOf(value: unknown, indent: string, used: number): string {
  const line = onOneLine(value);
  // A comma may follow.
  if (line !== null && (!Array.isArray(value) || used + line.length + 1 <= columnsMax)) return line;
  const inner = `${indent}  `;
  const list = (open: string, parts: readonly string[], close: string): string =>
    `${open}\n${parts.map((part) => inner + part).join(',\n')}\n${indent}${close}`;
  if (Array.isArray(value)) {
    return list(
      '[',
      value.map((part) => textOf(part, inner, inner.length)),
      ']',
    );
  }
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  const entry = ([key, part]: readonly [string, unknown]): string => {
    const name = `${JSON.stringify(key)}: `;
    return name + textOf(part, inner, inner.length + name.length);
  };
  return list('{', entries.map(entry), '}');
}

/** The text of a JSON file, with its last newline. */
export function prettyJson(value: unknown): string {
  return `${textOf(value, '', 0)}\n`;
}
