/** What happens to the controller's file in a scenario. */
import assert from 'node:assert/strict';

/** The text after a corruption of this kind; fails for a kind that it does not know. */
export function corruptText(kind: string, text: string): string {
  const file: Record<string, unknown> = JSON.parse(text);
  switch (kind) {
    case 'empty':
      return '';
    case 'wrong-types':
      return JSON.stringify({ ...file, revision: 'many', circuits: [] });
    default:
      assert.fail(`unknown kind of corruption: ${kind}`);
  }
}
