import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksum } from '../scripts/core/checksum.ts';

test('a checksum tells any two texts apart that an accident would make of one: cut, torn, swapped, one letter other', () => {
  const text = Array.from({ length: 200 }, (_, index) => `["scripts/module-${index}.ts","${index * 7919}"]`).join(
    ',\n',
  );
  const others = [
    ...Array.from(text, (_, at) => text.slice(0, at)),
    ...Array.from(text, (_, at) => `${text.slice(0, at)}\0${text.slice(at + 1)}`),
    ...Array.from(
      text,
      (letter, at) => text.slice(0, at) + String.fromCharCode(letter.charCodeAt(0) ^ 1) + text.slice(at + 1),
    ),
    ...Array.from(text.slice(1), (letter, at) => text.slice(0, at) + letter + text[at] + text.slice(at + 2)),
    '\0'.repeat(text.length),
  ];
  const different = new Set([text, ...others]);
  assert.equal(new Set([...different].map(checksum)).size, different.size);
  assert.match(checksum(''), /^[0-9a-f]{16}$/);
});
