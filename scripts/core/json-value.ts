/** Looking into JSON of unknown shape, which comes from disk or from a child. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object with keys, and not null or a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of a key as an object; an empty one when it is absent or something else. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return isJsonObject(value) ? value : {};
}

/** The entries of an object whose value is a text. */
export function textEntries(object: JsonObject): readonly (readonly [string, string])[] {
  return Object.entries(object).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : []));
}

/** The object that a JSON text holds, or null when it is not JSON or no object. */
export function parseObject(text: string): JsonObject | null {
  try {
    const parsed: unknown = JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
    return isJsonObject(parsed) ? parsed : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
