function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** A path as one word of a shell, quoted only where it must be; control characters as `$'\x0a'`, which can be copied. */
export function shellWord(text: string): string {
  const word = text.startsWith('-') ? `./${text}` : text;
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
  const control = /[\x00-\x1f\x7f]/g;
  if (control.test(word)) return `$'${word.replace(/[\\']/g, '\\$&').replace(control, escaped)}'`;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
