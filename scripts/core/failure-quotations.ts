/** Takes out of a line what is not its own: prefixes of wrappers, and whatever it quotes. */

/** What a runner or a log puts before the line of another program; `remote:` stays, it tells who speaks. */
const wrapperPrefixes: readonly RegExp[] = [
  /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)? (?=\S)/,
  /^\[\d\d:\d\d:\d\d(?:\.\d{1,6})?\] (?=\S)/,
  /^\[(?!\w{0,30}(?:Error|rejected))[\w.:@/ -]{1,40}\] (?=\S)/,
  /^(?:│|\|) (?=\S)/,
  /^# (?=\w{0,30}Error\b|node:|\s+throw )/,
  /^(?:Uncaught )?(?!remote: )(?:\w{1,30}|(?:\w{1,20} )?Error): (?=(?:fatal|error|remote|ERROR|npm (?:ERR!|error)|ssh): )/,
];

/**
 * What a line quotes is no cause: subjects of commits, titles of tests, commands that are echoed. The line stays, what
 * it quotes goes. Warnings and attempts that will be tried again did not stop the run and go altogether.
 */
const quotations: readonly (readonly [RegExp, string])[] = [
  [/^(?:\* )?[0-9a-f]{7,40} \S.*$/, ''],
  [/^((?:error: could not (?:apply|revert)|Could not (?:apply|revert)) [0-9a-f]{7,40}\.\.\.).*$/, '$1'],
  [/^(HEAD is now at|Previous HEAD position was) .*$/, '$1'],
  [/^(Applying|Dropping|Skipping|Patch failed at \d{1,6}|Dropped refs\/stash@).*$/, '$1'],
  [/^\[[^\]\n]{1,120} [0-9a-f]{7,40}\] .*$/, ''],
  [/^(\s*not ok \d{1,7}) .*$/, '$1'],
  [/^\s*(?:ok \d{1,7}|# Subtest:|[✓✔√]) .*$/, ''],
  [/^(\s*[✖✗×✘✕❯→]) (?!\d|\[ERROR\]|found |eslint|prettier|tsc|lint-staged).*$/, '$1'],
  [/^(\s*●) (?!Test suite failed to run|Unrecognized CLI|Validation Error).*$/, '$1'],
  [/^(\s*FAIL {1,2})(?=[^\s=]{0,300}[/.|])\S.*$/, '$1<file>'],
  [/^(npm (?:error|ERR!) command) .*$/, '$1'],
  // What npm could not unpack for want of room is only a warning to it; it fails later, over what is missing.
  [
    /^(?:npm (?:warn|WARN) (?!tar TAR_ENTRY_ERROR (?:ENOSPC|EDQUOT)\b)|warning:|\(node:\d{1,10}\)|\[?WARN(?:ING)?\]?[ :]).*$/,
    '',
  ],
  [/^(?:.{0,200}[^\w])?(?:[Rr]etrying(?: in|\b.{0,40}\d)|Reconnecting\.\.\.|will retry|retry \d{1,3}\/\d).*$/, ''],
];

function withoutPrefix(line: string): string {
  let rest = line;
  for (const prefix of wrapperPrefixes) rest = rest.replace(prefix, '');
  return rest.trimEnd();
}

function withoutQuotation(line: string): string {
  let rest = line;
  for (const [pattern, replacement] of quotations) rest = rest.replace(pattern, replacement);
  return rest;
}

/** Node shows the line of source that threw, with a caret below it: a quotation too. */
function withoutSource(lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => (/^[#\s]*\^+\s*$/.test(lines[index + 1] ?? '') ? '' : line));
}

/** The lines without wrappers' prefixes, quotations, warnings and attempts that were made again; as many as before. */
export function ownWords(lines: readonly string[]): readonly string[] {
  return withoutSource(lines).map((line) => withoutQuotation(withoutPrefix(line)));
}
