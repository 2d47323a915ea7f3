/** Line ends of files that a shell reads. With those of Windows every command of theirs ends in a carriage return. Pure. */

/** The text with the line ends that a shell reads. */
export function withUnixEnds(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

/** Whether a line of the text has the end of Windows. */
export function hasWindowsEnds(text: string): boolean {
  return text.includes('\r\n');
}

/**
 * The .gitattributes of a folder of hooks. What is not text is left as it is. Attributes of a folder below come before those of
 * the root, and before core.autocrlf (gitattributes(5)).
 */
export const hookAttributes =
  '# loopbreaker: a shell reads no hook that has the line ends of Windows\n* text=auto eol=lf\n';
