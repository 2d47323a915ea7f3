import assert from 'node:assert/strict';
import test from 'node:test';
import { claimsCompletion, completionToken, renderPrompt } from '../scripts/core/completion.ts';

const template = '<promise>COMPLETE {{nonce}}</promise>';
const token = completionToken(template, 'n-42');
const prompt = `Do the work.\nCommit it.\nThen end with ${token}\n`;

interface Message {
  readonly says: string;
  readonly text: string;
}

const claims: readonly Message[] = [
  { says: 'the token alone', text: token },
  { says: 'the token as the last line', text: `All tests pass.\n${token}` },
  { says: 'blank lines after the token', text: `Done.\n${token}\n\n  \n\t\n` },
  { says: 'spaces around the token', text: `Done.\n   ${token}  \n` },
  { says: 'CRLF line ends', text: `Done.\r\n${token}\r\n` },
  { says: 'ANSI colours around the token', text: `Done.\n\u001b[1;32m${token}\u001b[0m\n` },
  { says: 'the token twice, the last time alone', text: `I shall say ${token} when done.\nDone.\n${token}` },
  { says: 'a message of a megabyte before the token', text: `${'work\n'.repeat(200_000)}${token}` },
];

const noClaims: readonly Message[] = [
  { says: 'an empty message', text: '' },
  { says: 'the token quoted with backticks', text: `\`${token}\`` },
  { says: 'the token as a quotation', text: `> ${token}` },
  { says: 'the token in quotes', text: `"${token}"` },
  { says: 'a negation before the token', text: `I am not outputting ${token}` },
  { says: 'a word after the token', text: `${token} is what I would say` },
  { says: 'a full stop after the token', text: `${token}.` },
  { says: 'a sentence after the token', text: `${token}\nWait, one test still fails.` },
  { says: 'the token inside a code fence', text: `\`\`\`\n${token}\n\`\`\`` },
  { says: 'the token of another iteration', text: completionToken(template, 'n-41') },
  { says: 'the template without its nonce filled in', text: template },
  { says: 'the token without its nonce', text: completionToken(template, '') },
  { says: 'the token in another case', text: token.toLowerCase() },
  { says: 'the token broken over two lines', text: token.replace(' ', '\n') },
  { says: 'the prompt said back', text: prompt },
  { says: 'spaces as long as a judged line and then a word', text: `${token}${' '.repeat(8000)}is what I would say` },
  { says: 'a word and then spaces as long as all judged text', text: `not${' '.repeat(70_000)}${token}` },
];

for (const { says, text } of claims) {
  test(`a claim: ${says}`, () => assert.equal(claimsCompletion(text, token, prompt), true));
}

for (const { says, text } of noClaims) {
  test(`no claim: ${says}`, () => assert.equal(claimsCompletion(text, token, prompt), false));
}

test('no claim: an echoed prompt whose last line is the token, with a banner before it', () => {
  const ending = `Do the work.\nEnd your final message with this line:\n${token}\n`;
  assert.equal(claimsCompletion(ending, token, ending), false);
  assert.equal(claimsCompletion(`codex v1\nuser\n${ending}`, token, ending), false);
  assert.equal(claimsCompletion(`\u001b[2m${ending.replaceAll('\n', '\r\n')}\u001b[0m`, token, ending), false);
  assert.equal(
    claimsCompletion(`${ending}\ncodex\nDone.\n${token}`, token, ending),
    true,
    'what comes after the echo counts',
  );
});

test('the prompt of an iteration carries its token in the place that asks for it', () => {
  assert.equal(
    renderPrompt('Say {{completionToken}} or {{completionToken}}.', token, null),
    `Say ${token} or ${token}.`,
  );
});

test('a prompt without a place for the token gets a line that asks for it, and that prompt said back is no claim', () => {
  const rendered = renderPrompt('Do the work.\n', token, null);
  assert.match(rendered, /^Do the work\.\n\nWhen all of it is done/);
  assert.ok(rendered.includes(token));
  assert.equal(claimsCompletion(rendered, token, rendered), false);
});

test('what happened to the last claim stands in the prompt, and does not make a claim of it', () => {
  const rendered = renderPrompt('Do the work.', token, `the gate is red\n${token}\n`);
  assert.match(rendered, /What happened to your last claim:\nthe gate is red/);
  assert.equal(claimsCompletion(rendered, token, rendered), false);
});

test('a token with characters that mean something in a pattern or a replacement is taken literally', () => {
  const odd = completionToken("$& $1 .* {{nonce}} [x](y) $'", 'n-1');
  assert.equal(odd, "$& $1 .* n-1 [x](y) $'");
  assert.equal(renderPrompt('Say {{completionToken}}', odd, null), `Say ${odd}`);
  assert.equal(claimsCompletion(`Done.\n${odd}`, odd, 'Do it.'), true);
  assert.equal(claimsCompletion('Done.\n$& $1 xyz n-1 [x](y)', odd, 'Do it.'), false);
});
