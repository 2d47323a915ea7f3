/** No secret of the environment or of a URL is kept or printed. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { secretValues, withoutSecrets, withoutUrlSecrets } from '../scripts/core/secrets.ts';
import { openChildLog } from '../scripts/effects/child-log.ts';
import { temporaryDirectory } from './helpers/repository.ts';
import { commitFile, loopbreakerWith, sandboxFor, stateDirectory, told } from './helpers/sandbox.ts';

for (const [text, masked] of [
  ['https://user:pa55word@host.invalid/x.git', 'https://***@host.invalid/x.git'],
  ['fatal: https://ghp_token@host.invalid: no', 'fatal: https://***@host.invalid: no'],
  ['http://u:p%40ss@h and https://t@h', 'http://***@h and https://***@h'],
  ['ssh://git@host.invalid/x.git', 'ssh://git@host.invalid/x.git'],
  ['ssh://git:secret@host.invalid/x', 'ssh://git:***@host.invalid/x'],
  ['git@host.invalid:x.git', 'git@host.invalid:x.git'],
  ['https://h/x?ref=main&access_token=abc#y', 'https://h/x?ref=main&access_token=***#y'],
  ['https://h/x?private_token=abc', 'https://h/x?private_token=***'],
  ['postgres://app:secret@db/x', 'postgres://***@db/x'],
  ['mail me at a@b.invalid, see https://h/@scope/x', 'mail me at a@b.invalid, see https://h/@scope/x'],
] as const) {
  test(`of "${text}" is told: ${masked}`, () => {
    assert.equal(withoutUrlSecrets(text), masked);
    assert.equal(withoutUrlSecrets(masked), masked, 'twice is the same');
  });
}

test('values count as secret by the names of their variables, from eight characters on', () => {
  const env = {
    GITHUB_TOKEN: 'ghp_0123456789',
    npm_config__authToken: 'npm_0123456789',
    AWS_SECRET_ACCESS_KEY: 'longer/ghp_0123456789',
    SHORT_TOKEN: '1234567',
    SSH_AUTH_SOCK: '/tmp/ssh-agent.sock',
    TOKEN_FILE: '/run/secrets/token',
    LOOPBREAKER_COMPLETION_TOKEN: '<promise>COMPLETE</promise>',
    HOME: '/home/somebody',
    DEPLOY_KEY: 'first line of it\n\nsecond line of it\n',
  };
  const values = secretValues(env);
  assert.deepEqual(values, [
    'longer/ghp_0123456789',
    'second line of it',
    'first line of it',
    'ghp_0123456789',
    'npm_0123456789',
  ]);
  assert.equal(withoutSecrets('a longer/ghp_0123456789 b ghp_0123456789 c', values), 'a *** b *** c');
});

test('a secret that comes in pieces is masked in a log, and every other byte is as it was', (t) => {
  const file = path.join(temporaryDirectory(t), 'log');
  const secret = 'geheimnis-äöü';
  const bytes = Buffer.concat([Buffer.from(`a ${secret}b\n`), Buffer.from([0, 255, 128, 10]), Buffer.from(secret)]);
  for (const size of [1, 3, 7, 1000]) {
    const log = openChildLog(file, [secret]);
    for (let at = 0; at < bytes.length; at += size) log.push(bytes.subarray(at, at + size));
    log.end();
  }
  const one = Buffer.concat([Buffer.from('a ***b\n'), Buffer.from([0, 255, 128, 10]), Buffer.from('***')]);
  assert.deepEqual(readFileSync(file), Buffer.concat([one, one, one, one]));
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

/** Everything below a directory, as one text. */
function everythingIn(directory: string): string {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(path.join(directory, name)).isFile());
  assert.ok(files.length > 2, 'there is something to look at');
  return files.map((name) => `${name}\n${readFileSync(path.join(directory, name), 'utf8')}`).join('\n');
}

test('a red QA that prints a token of the environment leaves it nowhere', async (t) => {
  const check =
    "console.log(process.env.GITHUB_TOKEN); console.error('red', process.env.GITHUB_TOKEN); process.exit(1);\n";
  const sandbox = await sandboxFor(t, { 'check.mjs': check });
  await commitFile(sandbox, 'work.txt', 'work\n');
  const env = { GITHUB_TOKEN: 'ghp_verysecret0123' };
  const ends = [
    await loopbreakerWith(sandbox, env, 'auto-promote', '--json'),
    await loopbreakerWith(sandbox, env, 'auto-promote'),
    await loopbreakerWith(sandbox, env, 'status'),
  ];
  assert.equal(ends[0]?.exitCode, 1, ends[0] === undefined ? '' : told(ends[0]));
  const all = `${ends.map(told).join('\n')}\n${everythingIn(stateDirectory(sandbox))}`;
  assert.doesNotMatch(all, /verysecret/);
  assert.match(all, /red \*\*\*/, 'what was around it is there');
});

test('the same in a loop: neither prompt nor state nor output holds the token', async (t) => {
  const check = "console.error('AssertionError: red with', process.env.GITHUB_TOKEN); process.exit(1);\n";
  const sandbox = await sandboxFor(t, { 'check.mjs': check });
  const run = ['echo x > work.txt', 'git add work.txt', 'git commit -qm work'];
  sandbox.plan([{ run, claim: true }, {}]);
  const env = { GITHUB_TOKEN: 'ghp_verysecret0123' };
  const end = await loopbreakerWith(sandbox, env, 'loop', '--max-iterations', '2');
  const all = `${told(end)}\n${everythingIn(stateDirectory(sandbox))}\n${sandbox.prompts().join('\n')}`;
  assert.equal(sandbox.prompts().length, 2, told(end));
  assert.doesNotMatch(all, /verysecret/);
});

test('a remote with a password in its URL fails without telling it', async (t) => {
  const sandbox = await sandboxFor(t);
  await commitFile(sandbox, 'work.txt', 'work\n');
  // Nothing listens there: refused at once, without a network.
  await sandbox.git('remote', 'set-url', 'origin', 'http://somebody:verysecret@127.0.0.1:9/x.git?token=verysecret');
  const ends = [
    await sandbox.loopbreaker('auto-promote', '--json'),
    await sandbox.loopbreaker('auto-promote'),
    await sandbox.loopbreaker('doctor'),
    await sandbox.loopbreaker('status', '--json'),
  ];
  assert.notEqual(ends[0]?.exitCode, 0);
  const all = `${ends.map(told).join('\n')}\n${everythingIn(stateDirectory(sandbox))}`;
  assert.match(all, /127\.0\.0\.1/);
  assert.doesNotMatch(all, /verysecret/);
});
