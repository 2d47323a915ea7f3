/** Trailers of commit messages: how a commit on the target names the branch head that it came from. */

/** The trailer of a commit that auto-promote made: the sha of the trigger whose work it carries. */
export const sourceTrailer = 'Loopbreaker-Source';

const trailerLine = /^[A-Za-z0-9-]+:\s/;

/** The message with one more trailer: joined to the trailers that it ends with, else as a paragraph of its own. */
export function withTrailer(message: string, key: string, value: string): string {
  const text = message.trimEnd();
  const paragraphs = text.split(/\n[ \t]*\n/);
  const last = paragraphs.at(-1) ?? '';
  // The first paragraph is the subject, even where it reads like a trailer ("fix: …").
  const joins = paragraphs.length > 1 && last.split('\n').every((line) => trailerLine.test(line));
  return `${text}${joins ? '\n' : '\n\n'}${key}: ${value}\n`;
}
