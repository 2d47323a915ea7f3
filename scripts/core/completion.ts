/** A completion claim: the agent's last word, and only that. */
import { stripVTControlCharacters } from 'node:util';

const tokenPlace = '{{completionToken}}';
const noncePlace = '{{nonce}}';

/** The token of one iteration. A fresh nonce makes a token that was seen before, in any output, worthless. */
export function completionToken(template: string, nonce: string): string {
  return template.replaceAll(noncePlace, () => nonce);
}

/**
 * The prompt of one iteration: what happened to the last claim first, then the prompt with the token put where it asks
 * for one, else one line that asks for it. The token stays where the prompt has it: agents look for it at the end.
 */
export function renderPrompt(prompt: string, token: string, feedback: string | null): string {
  const withToken = prompt.includes(tokenPlace)
    ? prompt.replaceAll(tokenPlace, () => token)
    : `${prompt.trimEnd()}\n\nWhen all of it is done and committed, end your final message with this line, alone: ${token}\n`;
  return feedback === null ? withToken : `What happened to your last claim:\n${feedback.trimEnd()}\n\n${withToken}`;
}

/** Not cut like judged text: a cut could take away the very words that make a claim none. */
function contentLines(text: string): readonly string[] {
  return stripVTControlCharacters(text)
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/**
 * True when the last line stands in a code fence that was never closed: shown, not said. A fence with a language always
 * opens one, so that a message whose beginning was cut off in a fence is read rightly after the next one.
 */
function endsInFence(lines: readonly string[]): boolean {
  let open: string | null = null;
  for (const line of lines) {
    const [, marks = '', info = ''] = /^(`{3,}|~{3,})([^`]*)$/.exec(line) ?? [];
    if (marks === '') continue;
    if (open === null || info.trim() !== '') open = marks;
    else if (marks.startsWith(open)) open = null;
  }
  return open !== null;
}

/** True when the message ends the way the prompt does: an agent that echoes its prompt has claimed nothing. */
function isEcho(message: readonly string[], prompt: readonly string[]): boolean {
  if (prompt.length < 2 || message.length < 2) return false;
  const count = Math.min(3, prompt.length, message.length);
  const ending = message.slice(-count);
  return prompt.slice(-count).every((line, index) => line === ending[index]);
}

/**
 * Whether the agent's own final message claims completion: the token alone, as the last non-empty line, of a message
 * that is not the prompt said back. A token that is quoted, negated, fenced, or followed by another word is none.
 */
export function claimsCompletion(finalMessage: string, token: string, prompt: string): boolean {
  const message = contentLines(finalMessage);
  if (message.at(-1) !== token.trim() || endsInFence(message)) return false;
  return !isEcho(message, contentLines(prompt));
}
